"""An OpenID provider that people sign in with; on a Space it is Hugging Face."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.integrations.starlette_client import OAuth

from rag.config import Settings
from rag.errors import SettingsError

HUGGING_FACE: Final = "Hugging Face"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people sign in. `admins` are those who are administrators."""

    name: str
    issuer: str
    client: Any
    admins: frozenset[str]

    @classmethod
    def of(cls, settings: Settings, environment: Mapping[str, str] = os.environ) -> "Provider | None":
        """The provider of the settings or of a Space; None where there is none. Raises SettingsError for half of one."""
        name, issuer, client = settings.openid_name, settings.openid_url, settings.openid_client
        secret = settings.openid_secret.get_secret_value() if settings.openid_secret else ""
        scopes = "openid profile email"
        admins = {part.strip() for part in settings.admins.split(",") if part.strip()}
        if not issuer and "SPACE_ID" in environment and environment.get("OAUTH_CLIENT_ID"):
            name, issuer = HUGGING_FACE, environment.get("OPENID_PROVIDER_URL", "https://huggingface.co")
            client, secret = environment["OAUTH_CLIENT_ID"], environment.get("OAUTH_CLIENT_SECRET", "")
            scopes = environment.get("OAUTH_SCOPES", "openid profile")
            admins.add(environment.get("SPACE_AUTHOR_NAME", ""))
        if not issuer:
            return None
        if not client:
            raise SettingsError(f"RAG_OPENID_URL is {issuer}: set RAG_OPENID_CLIENT, the client id that it gave you, too.")
        registered = OAuth().register(
            "provider",
            client_id=client,
            client_secret=secret,
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": scopes, "code_challenge_method": "S256", "timeout": 10},
        )
        return cls(name, issuer.rstrip("/"), registered, frozenset(admins - {""}))

    def is_admin(self, claims: Mapping[str, Any]) -> bool:
        """Whether the settings name this person: by the provider's own id, by an e-mail address that it has verified, or on
        Hugging Face by name, which is theirs alone there; elsewhere people may choose any name.
        """
        known = {str(claims.get("sub", ""))}
        if claims.get("email_verified") is True:
            known.add(str(claims.get("email", "")))
        if self.name == HUGGING_FACE:
            known.add(str(claims.get("preferred_username", "")))
        return bool(self.admins & (known - {""}))
