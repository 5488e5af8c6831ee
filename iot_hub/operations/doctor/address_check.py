"""Checks that the hub listens on an address of this machine, which a network may change."""

from __future__ import annotations

import errno
import socket

from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, problem


def address(context: DiagnosticContext) -> Finding:
    """Check that ``IOT_HUB_HOST`` is an address of this machine."""
    host = context.settings.host.strip("[]")
    try:
        family, _, _, _, where = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family) as probe:
            probe.bind(where)
    except socket.gaierror:
        return problem(f"IOT_HUB_HOST is not an address: {host}.", "Set it to an address of this machine.")
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return problem(
                f"This machine does not have the address {host}.",
                "Assign it a fixed address in the router, or set IOT_HUB_HOST to its current address or to 0.0.0.0 for"
                " all, and restart the hub.",
            )
        raise
    return ok(f"This machine has the hub's address, {host}.")
