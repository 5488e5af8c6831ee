"""The hub's host names; requests for any other get 421.

A page of another site can point its own name at this hub (DNS rebinding) and then read whatever the hub
serves without a login, on 127.0.0.1 or in a trusted network. Such a page always has a NAME, so requests
for an IP address are always accepted: phones report to addresses, and behind a router or in a container
the hub does not know its own.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from iot_hub.access.login.client_address import FRONT_HEADER
from iot_hub.errors import HubError
from iot_hub.files.own_secrets import FRONT_SECRET, own_secret
from iot_hub.metrics.noticed import Noticed
from iot_hub.settings import Settings

_NETWORKS_SUFFIXES = ("local", "lan", "home", "home.arpa", "internal", "localdomain")
"""A router or mDNS appends these to a machine's name; nobody can register a name below them."""

_MOST_REMEMBERED = 1000
_NAME = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


class UnknownHostError(HubError):
    """The hub does not answer to this host name. Add it to IOT_HUB_HOSTS, or use the name in IOT_HUB_ADDRESS."""

    code = "unknown_host"
    status = 421


class HostCheck:
    """Checks the Host header of each request, at the price of one set lookup."""

    def __init__(self, settings: Settings, noticed: Noticed) -> None:
        self._names = own_names(settings)
        self._front_secret = own_secret(settings.home, FRONT_SECRET).encode()
        self._noticed = noticed
        self._known: set[bytes] = set()

    def is_known(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Return whether a request is for a name of this hub; one without a Host header is not from a browser."""
        for name, value in headers:
            if name == b"host":
                return value in self._known or self._is_known(value, headers)
        return True

    def _is_known(self, host: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
        name = host_name(host.decode("latin-1"))
        # nginx has checked already, and knows more names: those in its certificate.
        is_vouched_for = (FRONT_HEADER.encode(), self._front_secret) in headers
        if not (is_vouched_for or is_address(name) or name in self._names or name in _machine_names()):
            self._noticed.note("unknown_host", name)
            return False
        if len(self._known) < _MOST_REMEMBERED:
            self._known.add(host)
        return True


def own_names(settings: Settings) -> frozenset[str]:
    """Return the host names of this hub, in lower case; ``*.`` at the start is a wildcard for one label."""
    address = urlsplit(settings.web_address).hostname or ""
    given = (host.strip() for host in settings.hosts.split(","))
    names = ["localhost", socket.getfqdn(), address, settings.host, *given, *_machine_names()]
    return host_names(names)


def host_names(texts: Iterable[str]) -> frozenset[str]:
    """Return those of some texts that are host names, in lower case."""
    return frozenset(name for name in map(_normalize, texts) if _NAME.fullmatch(name) and not is_address(name))


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port, in lower case."""
    name, colon, port = host.rpartition(":")
    return _normalize(name if colon and ((port.isascii() and port.isdigit()) or not port) and name else host)


def is_address(name: str) -> bool:
    """Return whether a name is an IP address; an IPv6 address may be in brackets."""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def pattern(names: frozenset[str]) -> str:
    """Return a regular expression that matches the Host headers of the names."""
    written = (
        r"[a-z0-9_-]+\." + re.escape(name[2:]) if name.startswith("*.") else re.escape(name) for name in sorted(names)
    )
    return rf"^({'|'.join(written)})\.?(:[0-9]*)?$"


def machine_name() -> str:
    """Return this machine's name, which its owner may change while the hub runs."""
    return _normalize(socket.gethostname())


def _machine_names() -> set[str]:
    short = machine_name().partition(".")[0]
    return {machine_name(), short, *(f"{short}.{suffix}" for suffix in _NETWORKS_SUFFIXES)}


def _normalize(name: str) -> str:
    return name.strip().lower().removesuffix(".")
