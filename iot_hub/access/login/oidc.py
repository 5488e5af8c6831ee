"""The owner's login with an OpenID provider: the owner's account there, and the settings of Streamlit's login."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from iot_hub.access.login.client_address import is_loopback_host
from iot_hub.errors import UserError
from iot_hub.files.private_files import make_folder, write_private
from iot_hub.settings import Settings

FRESH = timedelta(minutes=5)
"""How long after it was made a login can open a session; clocks may differ by two minutes."""

_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Provider:
    """An OpenID provider, and the one account there that has access to this hub."""

    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)
    owner: str
    callback: str

    @property
    def name(self) -> str:
        """Its host, by which people recognise it."""
        return urlsplit(self.metadata_url).netloc


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider in the settings, or None. Raises UserError if they are incomplete or unsafe."""
    issuer, secret = settings.oidc_issuer, settings.oidc_client_secret
    client, owner = settings.oidc_client_id, settings.oidc_owner
    if not (issuer or secret or client or owner):
        return None
    if not (issuer and secret and client and owner):
        raise UserError(
            "Login with OpenID needs IOT_HUB_OIDC_ISSUER, IOT_HUB_OIDC_CLIENT_ID, IOT_HUB_OIDC_CLIENT_SECRET and"
            " IOT_HUB_OIDC_OWNER. Set all four, or none."
        )
    _check_address(settings)
    metadata = issuer if "/.well-known/" in issuer else issuer.rstrip("/") + _WELL_KNOWN
    return Provider(metadata, client, secret.get_secret_value(), owner, f"{settings.web_address}/oauth2callback")


def _check_address(settings: Settings) -> None:
    address = urlsplit(settings.web_address)
    if address.scheme != "https" and not is_loopback_host(address.netloc) and not settings.insecure_login:
        raise UserError(
            f"Login with OpenID at {settings.web_address} would not be encrypted. Set IOT_HUB_ADDRESS to the hub's"
            " https:// address, or IOT_HUB_INSECURE_LOGIN=yes if you trust this network."
        )


def is_owner(claims: Mapping[str, Any], provider: Provider) -> bool:
    """Return whether the claims are the owner's, by ``sub`` or by an email address that the provider has verified.

    A missing claim does not count as verified: some providers let anybody enter any address.
    """
    if "@" not in provider.owner:
        return claims.get("sub") == provider.owner
    verified = str(claims.get("email_verified")).lower() == "true"
    return verified and str(claims.get("email", "")).casefold() == provider.owner.casefold()


def login_token(claims: Mapping[str, Any], cookie_secret: str) -> str:
    """Return a session token for a login: the same for the same login, and not guessable."""
    login = json.dumps([claims.get(name) for name in ("iss", "sub", "iat", "nonce")])
    return hmac.new(cookie_secret.encode(), login.encode(), hashlib.sha256).hexdigest()


def write_secrets(settings: Settings) -> Path | None:
    """Write the file that Streamlit's login reads, private to the hub's user; without a provider, delete it."""
    path = settings.home / "secrets" / "dashboard-login.toml"
    provider = provider_of(settings)
    if provider is None:
        path.unlink(missing_ok=True)
        return None
    make_folder(path.parent)
    values = {
        "redirect_uri": provider.callback,
        "cookie_secret": _cookie_secret(path),
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
        "server_metadata_url": provider.metadata_url,
    }
    # A string of JSON is one of TOML too.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items()]
    write_private(path, "".join(["[auth]\n", *lines]).encode())
    return path


def _cookie_secret(path: Path) -> str:
    """Return the secret of the first start, so that a restart logs nobody out."""
    try:
        known: str = tomllib.loads(path.read_text(encoding="utf-8"))["auth"]["cookie_secret"]
    except (FileNotFoundError, KeyError, tomllib.TOMLDecodeError):
        return secrets.token_urlsafe(32)
    return known
