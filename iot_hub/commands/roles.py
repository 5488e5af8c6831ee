"""The long-running roles: ``up``, ``api``, ``worker``, ``dashboard``, ``nginx``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from iot_hub.settings import settings

Demo = Annotated[
    bool, typer.Option("--demo", help="No password, as long as there are simulated devices only.", hidden=True)
]
InnerHost = Annotated[str, typer.Option(help="Address to listen on, behind nginx.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (up, api, worker, dashboard):
        app.command()(command)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="With simulated devices and a week of history.")] = False,
) -> None:
    """Run the whole hub in the foreground: database, API, worker, dashboard, nginx. Ctrl-C stops it."""
    from iot_hub.up import run_hub

    raise typer.Exit(run_hub(settings(), demo=demo))


def api(
    host: InnerHost = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8081,
    demo: Demo = False,
) -> None:
    """Run the HTTP API alone."""
    from iot_hub.api.serve import serve
    from iot_hub.logs import set_up_logs

    set_up_logs("api")
    serve(settings(), host, port, demo=demo)


def worker() -> None:
    """Run the worker alone: it keeps the roll-ups in step with the raw events."""
    from iot_hub.logs import set_up_logs
    from iot_hub.worker import Worker

    set_up_logs("worker")
    Worker(settings()).run()


def dashboard(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8501,
    public: Annotated[bool, typer.Option("--public", help="Show what is published, to everyone.")] = False,
    demo: Demo = False,
) -> None:
    """Run the dashboard alone: the owner's, or the public one."""
    from iot_hub.dashboard import command

    if public:
        line, environment = command.public_command(port), command.public_environment(settings(), os.environ)
    else:
        line, environment = command.owner_command(port, demo=demo), dict(os.environ)
    os.execvpe(line[0], line, environment)  # noqa: S606 - the same process becomes Streamlit
