"""``agent``: passed on unchanged; the agent has a command line of its own that does not need the hub."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
        agent
    )


def agent(context: typer.Context) -> None:
    """Record this machine's readings and send them to a hub: init, run, once, send, status, install-service.

    Runs on a phone (Termux) or a Linux machine, without the hub: pip install 'iot-personal-hub[agent]'.
    """
    from iot_hub.agent.command_line import main

    raise typer.Exit(main(context.args))
