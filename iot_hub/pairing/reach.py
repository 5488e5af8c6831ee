"""Where devices reach the hub, and what stands in the way of that."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from iot_hub.login.visitor import is_loopback_host
from iot_hub.pairing.texts import text
from iot_hub.settings import Settings

_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104


@dataclass(frozen=True)
class Reach:
    """The address to give to devices, this machine's in its own network, and whose word its certificate is."""

    address: str
    lan: str | None
    self_signed: bool


def reach_of(settings: Settings, lan: str | None, visited: str | None = None) -> Reach:
    """Choose the address: the owner's setting, else where a browser found the hub, else where it listens."""
    return Reach(_address(settings, lan, visited), lan, settings.tls == "self-signed")


def _address(settings: Settings, lan: str | None, visited: str | None) -> str:
    if settings.address:
        return settings.web_address
    if visited and not _is_loopback(visited):
        parts = urlsplit(visited)
        return f"{parts.scheme}://{parts.netloc}"
    if lan and settings.host.strip("[]") in _EVERY_ADDRESS:
        return f"{'http' if settings.tls == 'off' else 'https'}://{lan}:{settings.port}"
    return settings.web_address


def warnings(reach: Reach, app: str, language: str = "en") -> list[str]:
    """Say why an app may not reach the hub there, or not safely, and what to do."""
    address, encrypted = reach.address, reach.address.startswith("https:")
    said = []
    if _is_loopback(address):
        said.append(text(language, "loopback", address=address))
        if reach.lan:
            said[-1] += " " + text(language, "loopback_lan", lan=reach.lan)
    elif not encrypted:
        said.append(text(language, "plain", address=address))
    if reach.self_signed and encrypted:
        said.append(text(language, "self_signed", app=app))
    return said


def _is_loopback(address: str) -> bool:
    return is_loopback_host(urlsplit(address).netloc)
