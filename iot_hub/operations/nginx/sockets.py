"""The sockets that nginx listens on, opened by its parent: they stay open while nginx restarts.

nginx inherits open sockets by their numbers in the variable ``NGINX``, as when it replaces its own program
(nginx.org, "Upgrading Executable on the Fly"). It closes those that its configuration does not name, and opens
those that are missing.
"""

from __future__ import annotations

import contextlib
import socket

from iot_hub.errors import UserError
from iot_hub.settings import Settings

BACKLOG = 511
"""nginx's own default, which it applies again."""
_WILDCARD = "::"


def listen(settings: Settings) -> list[socket.socket]:
    """Open the public sockets. Raises UserError if a port is taken, or the address is not this machine's."""
    ports = [settings.port]
    if settings.tls != "off" and settings.http_port:
        ports.append(settings.http_port)
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(_open(address)) for port in ports for address in _addresses(settings, port)]
        opened.pop_all()
    return sockets


def variable(sockets: list[socket.socket]) -> str:
    """Return the environment variable that passes the sockets to nginx, as ``NAME=VALUE``."""
    return "NGINX=" + "".join(f"{opened.fileno()};" for opened in sockets)


def _addresses(settings: Settings, port: int) -> list[tuple[int, tuple[str, int]]]:
    host = settings.host.strip("[]")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise UserError(f"IOT_HUB_HOST is not an address of this machine: {host}.") from error
    return list(dict.fromkeys((int(family), (str(address[0]), port)) for family, _, _, _, address in found))


def _open(address: tuple[int, tuple[str, int]]) -> socket.socket:
    family, (host, port) = address
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # As in nginx's configuration: "::" stands for all addresses, IPv4 too.
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != _WILDCARD)
        opened.bind((host, port))
        opened.listen(BACKLOG)
        # nginx inherits its mode and must never block in accept().
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise UserError(f"Port {port} on {host} can't be listened on: {error.strerror}.") from error
    return opened
