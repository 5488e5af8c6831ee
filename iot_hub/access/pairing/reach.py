"""Where devices reach the hub, and what stands in the way of that."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from iot_hub.access.login.client_address import is_loopback_host
from iot_hub.access.pairing.texts import text
from iot_hub.settings import Settings

_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104


@dataclass(frozen=True)
class Reach:
    """The address to give to devices, and this machine's in its own network.

    ``self_signed``: the certificate is the hub's own word. ``guessed``: nobody has said that the address is right.
    """

    address: str
    lan: str | None = None
    self_signed: bool = False
    guessed: bool = False


def reach_of(settings: Settings, lan: str | None, visited: str | None = None) -> Reach:
    """Choose the address: the owner's setting, else where a browser found the hub, else where it listens."""
    self_signed = settings.tls == "self-signed"
    if settings.address:
        return Reach(settings.web_address, lan, self_signed)
    if visited and not _is_loopback(visited):
        parts = urlsplit(visited)
        return Reach(f"{parts.scheme}://{parts.netloc}", lan, self_signed)
    if lan and settings.host.strip("[]") in _EVERY_ADDRESS:
        address = f"{'http' if settings.tls == 'off' else 'https'}://{lan}:{settings.port}"
        return Reach(address, lan, self_signed, guessed=True)
    return Reach(settings.web_address, lan, self_signed)


def warnings(reach: Reach, app: str, language: str = "en") -> list[str]:
    """Say why an app may not reach the hub there, or not safely, and what to do."""
    address, encrypted = reach.address, reach.address.startswith("https:")
    said = []
    if _is_loopback(address):
        said.append(text(language, "loopback", address=address))
        if reach.lan:
            said[-1] += " " + text(language, "loopback_lan", lan=reach.lan)
    if reach.guessed:
        said.append(text(language, "guessed", address=address))
    if not encrypted and not _is_loopback(address):
        said.append(text(language, "plain", address=address))
    if reach.self_signed and encrypted:
        said.append(text(language, "self_signed", app=app))
    return said


def _is_loopback(address: str) -> bool:
    return is_loopback_host(urlsplit(address).netloc)
