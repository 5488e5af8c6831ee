"""``iot-hub``: the command line. Each command is in a module of its own beside this one."""

from __future__ import annotations

import errno
import os
import sys

import pydantic
import typer

from iot_hub import __version__
from iot_hub.cli import (
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
    metrics,
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
    metrics,
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


_ANY_ADVICE = "Fix this and try again."
_ADVICE = {
    errno.ENOSPC: "The disk is full: free some space and try again.",
    errno.EDQUOT: "The disk quota is used up: free some space and try again.",
    errno.EROFS: "The disk is read-only: see why (dmesg), mount it for writing and try again.",
    errno.EIO: "The disk is failing: see why (dmesg, smartctl).",
    errno.ENOMEM: "Out of memory: stop other programs and try again.",
    errno.EACCES: "Run this as the user that the hub runs as.",
    errno.EPERM: "Run this as the user that the hub runs as.",
}


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Show the version and exit.")
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line; print an error as one line on standard error."""
    # Whatever the hub writes is private to its user, in any folder: backups, the archive, logs, locks.
    os.umask(0o077)
    try:
        app()
    except HubError as error:
        sys.exit(f"iot-hub: {error}")
    except pydantic.ValidationError as error:
        sys.exit("\n".join(f"iot-hub: {_setting_line(dict(problem))}" for problem in error.errors()))
    except BrokenPipeError:
        sys.stderr.close()
    except Exception as error:
        # Errors of the machine or the database are one line as well; anything else is a bug of the hub.
        if line := _refusal(error):
            sys.exit(f"iot-hub: {line}")
        raise


def _refusal(error: Exception) -> str | None:
    """Return one line for an error of the operating system or the database; None for any other."""
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror or error}{where}. {_ADVICE.get(error.errno or 0, _ANY_ADVICE)}"
    # A command without the database has not loaded its driver.
    if "psycopg" not in sys.modules:
        return None
    import psycopg

    from iot_hub.database.errors import explanation

    return explanation(error) if isinstance(error, psycopg.Error) else None


def _setting_line(problem: dict[str, object]) -> str:
    location = problem["loc"]
    name = str(location[0]) if isinstance(location, tuple) and location else "?"
    return f"invalid setting IOT_HUB_{name.upper()}: {problem['msg']}"
