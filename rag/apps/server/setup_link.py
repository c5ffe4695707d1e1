"""The link by which the first administrator is made, without the command line."""

import hashlib
import secrets
import time
from hmac import compare_digest
from typing import Final

SETUP_SECONDS: Final = 24 * 3600


class SetupLink:
    """The one-time link by which the first administrator is made: valid for a day, and while there is no account."""

    def __init__(self) -> None:
        self._hash = b""
        self._until = 0.0

    def make(self) -> str:
        """The link's path, to be printed where only who hosts the server reads it."""
        token = secrets.token_urlsafe(32)
        self._hash, self._until = hashlib.sha256(token.encode()).digest(), time.monotonic() + SETUP_SECONDS
        return f"setup?token={token}"

    def fits(self, token: str) -> bool:
        shown = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        return compare_digest(shown, self._hash) and time.monotonic() < self._until

    def use(self) -> None:
        """It is none any more."""
        self._hash = b""
