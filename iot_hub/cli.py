"""``iot-hub``: the command line. Each command stands in a module of ``commands``."""

from __future__ import annotations

import sys

import pydantic
import typer

from iot_hub import __version__
from iot_hub.commands import (
    agent,
    archive,
    areas,
    backup,
    databases,
    decoding,
    devices,
    doctor,
    exporting,
    importing,
    passwords,
    quarantine,
    readers,
    retention,
    roles,
    roll_ups,
    service,
    shares,
    simulation,
)
from iot_hub.errors import HubError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="One private place for everything that your devices report.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    roles,
    databases,
    passwords,
    devices,
    areas,
    shares,
    readers,
    roll_ups,
    simulation,
    decoding,
    quarantine,
    archive,
    retention,
    importing,
    exporting,
    backup,
    doctor,
    service,
    agent,
):
    part.register(app)


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Show the version and end.")
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line; what goes wrong is one line on standard error."""
    try:
        app()
    except HubError as error:
        sys.exit(f"iot-hub: {error}")
    except pydantic.ValidationError as error:
        sys.exit("\n".join(f"iot-hub: {_setting_line(dict(problem))}" for problem in error.errors()))
    except BrokenPipeError:
        sys.stderr.close()


def _setting_line(problem: dict[str, object]) -> str:
    location = problem["loc"]
    name = str(location[0]) if isinstance(location, tuple) and location else "?"
    return f"the setting IOT_HUB_{name.upper()} is not right: {problem['msg']}"
