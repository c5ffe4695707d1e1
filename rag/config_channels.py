"""Settings of what the desk takes in and sends out besides the page: e-mail and webhooks. In the environment as all others."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError

LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class ChannelSettings(BaseSettings):
    """Every setting with its default; without `mail_imap` and `mail_smtp` there is no mail."""

    model_config = SettingsConfigDict(env_prefix="RAG_", env_file=".env", extra="ignore", frozen=True)

    mail_imap: str = Field(
        default="",
        description="Mailbox whose mails become conversations: `imaps://host/INBOX`. `imap://` is upgraded by STARTTLS; unencrypted connections are allowed to this machine only.",
    )
    mail_smtp: str = Field(
        default="",
        description="Server that replies are sent by: `smtps://host` or `smtp://host:587`, which is upgraded by STARTTLS; unencrypted connections are allowed to this machine only.",
    )
    mail_user: str = Field(default="", description="User name for both mail servers; none where it is empty.")
    mail_password: SecretStr | None = Field(
        default=None, description="Password for both mail servers; it is never shown or logged."
    )
    mail_from: str = Field(default="", description="Sender of replies, as `Larkfell <help@larkfell.example>`.")
    mail_base: str = Field(
        default="default",
        description="The base that conversations by mail are about; where mails are fetched, a server does not start without it.",
    )
    mail_seconds: float = Field(
        default=30.0,
        ge=1,
        le=86_400,
        description="Seconds between two looks into the mailbox; replies are sent at the same interval.",
    )
    mail_mb: int = Field(
        default=20,
        ge=1,
        le=500,
        description="Largest mail that is fetched with its files, in MB. Of a larger one only the headers are fetched, and it stays in the mailbox.",
    )
    mail_files: int = Field(
        default=20, ge=0, le=500, description="Files of one mail that are kept apart; all are in the mail itself."
    )
    webhooks_private: bool = Field(
        default=False,
        description="Whether webhooks may be sent to this machine and to private networks. Anybody who may add one could reach services there.",
    )


def load_channels(values: Mapping[str, Any] | None = None) -> ChannelSettings:
    """The settings, overridden by `values`; raises SettingsError that names the variable, and never repeats a password."""
    try:
        found = ChannelSettings(**dict(values or {}))
    except ValidationError as error:
        first = error.errors()[0]
        name = "RAG_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}. Correct or unset it; docs/settings.md lists every setting.") from error
    for name, schemes in (("mail_imap", ("imaps", "imap")), ("mail_smtp", ("smtps", "smtp"))):
        if getattr(found, name):
            address_of(name, getattr(found, name), schemes)
    return found


def address_of(name: str, value: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of a mail server's address; raises SettingsError for what is none, or holds a password."""
    example = f"write it like {schemes[0]}://mail.example.org"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"RAG_{name.upper()} is no address ({error}); {example}.") from error
    if "@" in parts.netloc:
        raise SettingsError(
            f"RAG_{name.upper()}: user and password do not belong there, set RAG_MAIL_USER and RAG_MAIL_PASSWORD."
        )
    if parts.scheme not in schemes or not parts.hostname or port == 0 or parts.query:
        raise SettingsError(f"RAG_{name.upper()} is {value[:200]!r}; {example}.")
    return parts


def folder_of(parts: SplitResult) -> str:
    """The folder that a mailbox's address names."""
    return unquote(parts.path.strip("/")) or "INBOX"
