"""What others in its network know the hub's machine by."""

from __future__ import annotations

import ipaddress
import socket

_ANYWHERE = ("192.0.2.1", 9)
"""An address that only documents use (RFC 5737). Nothing is sent to it: it makes the system choose a way out."""


def lan_address() -> str | None:
    """Give the address that others in the network would ask for, or None where there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ANYWHERE)
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if ipaddress.ip_address(address).is_loopback else address
