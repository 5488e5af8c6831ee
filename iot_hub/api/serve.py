"""Runs the ASGI application: ``iot-hub api``."""

from __future__ import annotations

import socket

import structlog
import uvicorn

from iot_hub.api.app import create_app
from iot_hub.api.joined_writes import JoinedWritesProtocol
from iot_hub.api.listening import BACKLOG
from iot_hub.settings import Settings

log = structlog.get_logger()


def serve(settings: Settings, host: str, port: int, *, demo: bool = False, listening: int | None = None) -> None:
    """Serve until stopped by a signal; requests accepted by then are committed and answered.

    With ``listening``, the number of an inherited listening socket, host and port only appear in the log:
    connections that arrive between two processes wait in that socket.
    """
    log.info("api_starts", host=host, port=port)
    config = uvicorn.Config(
        create_app(settings, demo=demo),
        host=host,
        port=port,
        loop="uvloop",
        http=JoinedWritesProtocol,
        access_log=False,  # A line per request would cost more than the request, and reveal too much.
        log_config=None,  # Uvicorn's lines go where ours do, in our format.
        log_level="warning",
        server_header=False,
        date_header=True,  # A device whose clock is not set learns the time from it.
        lifespan="on",
        timeout_keep_alive=75,  # Longer than nginx's, so that nginx never meets a closing connection.
        timeout_graceful_shutdown=10,
        proxy_headers=False,  # Only nginx limits by the client's address.
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=None if listening is None else [socket.socket(fileno=listening)])
