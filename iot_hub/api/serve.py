"""Runs the HTTP face: ``iot-hub api``."""

from __future__ import annotations

import socket

import structlog
import uvicorn

from iot_hub.api.app import create_app
from iot_hub.api.listening import BACKLOG
from iot_hub.settings import Settings

log = structlog.get_logger()


def serve(settings: Settings, host: str, port: int, *, demo: bool = False, listening: int | None = None) -> None:
    """Serve until told to stop; what was accepted by then is committed and answered.

    With a number of an open file that listens already, host and port are for the log alone: who comes while
    one process ends and the next begins waits there.
    """
    log.info("api_starts", host=host, port=port)
    config = uvicorn.Config(
        create_app(settings, demo=demo),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,  # A line a request would cost more than the request, and tell too much.
        log_config=None,  # Its lines go where ours do, in their form.
        log_level="warning",
        server_header=False,
        date_header=False,
        lifespan="on",
        timeout_keep_alive=75,  # Longer than nginx's, so that nginx never meets a closing connection.
        timeout_graceful_shutdown=10,
        proxy_headers=False,  # Nothing here asks for the client's address; nginx limits by it.
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=None if listening is None else [socket.socket(fileno=listening)])
