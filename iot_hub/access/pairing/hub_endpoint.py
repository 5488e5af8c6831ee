"""The address at which devices reach the hub, and what may prevent it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from iot_hub.access.login.client_address import is_loopback_host
from iot_hub.access.pairing.texts import text
from iot_hub.settings import Settings

_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104


@dataclass(frozen=True)
class HubEndpoint:
    """The address for devices to use, and this machine's address in its network.

    ``guessed``: neither a setting nor a browser has confirmed the address.
    """

    address: str
    lan: str | None = None
    self_signed: bool = False
    guessed: bool = False


def endpoint_of(settings: Settings, lan: str | None, visited: str | None = None) -> HubEndpoint:
    """Return the address: the owner's setting, else where a browser found the hub, else where it listens."""
    self_signed = settings.tls == "self-signed"
    if settings.address:
        return HubEndpoint(settings.web_address, lan, self_signed)
    if visited and not _is_loopback(visited):
        parts = urlsplit(visited)
        return HubEndpoint(f"{parts.scheme}://{parts.netloc}", lan, self_signed)
    if lan and settings.host.strip("[]") in _EVERY_ADDRESS:
        address = f"{'http' if settings.tls == 'off' else 'https'}://{lan}:{settings.port}"
        return HubEndpoint(address, lan, self_signed, guessed=True)
    return HubEndpoint(settings.web_address, lan, self_signed)


def warnings(endpoint: HubEndpoint, app: str, language: str = "en") -> list[str]:
    """Return why an app may not reach the hub there, or not safely, and what to do."""
    address, encrypted = endpoint.address, endpoint.address.startswith("https:")
    found = []
    if _is_loopback(address):
        found.append(text(language, "loopback", address=address))
        if endpoint.lan:
            found[-1] += " " + text(language, "loopback_lan", lan=endpoint.lan)
    if endpoint.guessed:
        found.append(text(language, "guessed", address=address))
    if not encrypted and not _is_loopback(address):
        found.append(text(language, "plain", address=address))
    if endpoint.self_signed and encrypted:
        found.append(text(language, "self_signed", app=app))
    return found


def _is_loopback(address: str) -> bool:
    return is_loopback_host(urlsplit(address).netloc)
