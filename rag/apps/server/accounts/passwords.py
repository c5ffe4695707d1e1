"""Passwords to hashes by Argon2id, with the library's parameters (RFC 9106, low memory)."""

import threading
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rag.errors import RagError
from rag.languages.spoken import texts

SHORTEST: Final = 10  # characters; NIST SP 800-63B asks for 8, and for no rule of what they are
LONGEST: Final = 512
_AT_ONCE = threading.Semaphore(2)  # each hash takes 64 MiB
_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash to keep; raises RagError for one that is too short, too long or blank."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise RagError(texts.PW_LENGTH.format(length=len(password), shortest=SHORTEST, longest=LONGEST))
    if not password.strip():
        raise RagError(texts.PW_BLANK)
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is that of a kept hash. It takes as long where there is none, so that names are not told."""
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("of nobody")
