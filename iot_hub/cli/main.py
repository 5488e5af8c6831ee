"""``iot-hub``: the command line. Each command is in a module of its own beside this one."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any

import pydantic
import typer
from typer.core import TyperGroup

from iot_hub import __version__
from iot_hub.errors import HubError

MODULES = {
    "roles": ("up", "api", "worker", "mqtt", "broker", "dashboard", "nginx", "reload"),
    "databases": ("migrate", "db"),
    "passwords": ("password",),
    "devices": ("device", "token"),
    "discovery": ("discovery",),
    "areas": ("area",),
    "places": ("place",),
    "photos": ("photos",),
    "corrections": ("edit",),
    "drives": ("drives",),
    "cars": ("car",),
    "alerts": ("alert",),
    "shares": ("share",),
    "readers": ("reader",),
    "roll_ups": ("refresh",),
    "metrics": ("metric",),
    "simulation": ("simulate",),
    "decoding": ("decode",),
    "quarantine": ("quarantine",),
    "archive": ("archive",),
    "retention": ("retention",),
    "importing": ("import",),
    "exporting": ("export",),
    "posters": ("poster",),
    "backup": ("backup", "measure-storage"),
    "doctor": ("doctor",),
    "service": ("install-service", "uninstall-service"),
    "agent": ("agent",),
}
"""The module of each command, in the order of the help."""

_MODULE_OF = {command: module for module, commands in MODULES.items() for command in commands}


class _Commands(TyperGroup):
    """Loads the module of a command when the command is asked for: a start of the hub runs four of them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own types are not public
        return list(_MODULE_OF)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        if cmd_name not in _MODULE_OF:
            # Typer suggests names among the commands that are there.
            for known in _MODULE_OF:
                self.get_command(ctx, known)
        elif cmd_name not in self.commands:
            part = typer.Typer()
            import_module(f"iot_hub.cli.{_MODULE_OF[cmd_name]}").register(part)
            self.commands.update(typer.main.get_group(part).commands)
        return self.commands.get(cmd_name)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="One private place for everything that your devices report.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
