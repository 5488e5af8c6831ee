"""The socket on which the API accepts requests when ``iot-hub up`` runs it."""

from __future__ import annotations

import socket

BACKLOG = 2048
"""Connections that may wait while the API restarts."""


def open_socket() -> socket.socket:
    """Open a listening socket on a free port of this machine. Its owner keeps it open while the API restarts."""
    return socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
