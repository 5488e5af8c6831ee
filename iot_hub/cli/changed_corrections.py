"""How commands print corrections: one that was made or undone, and the log of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from iot_hub.cli.output import print_json, print_rows
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.corrections.log import Changed

_TIMES = ("since", "until", "made_at", "undone_at")


def print_made(made: Changed, commands: str, *, as_json: bool) -> None:
    """Print that a correction was made, and which of the commands undoes it."""
    _print("Corrected", made, f" Undo it: iot-hub {commands} undo {made.id}", as_json=as_json)


def print_undone(undone: Changed, *, as_json: bool) -> None:
    """Print that a correction was undone."""
    _print("Undone", undone, "", as_json=as_json)


def _print(what: str, changed: Changed, advice: str, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(changed))
        return
    later = "" if changed.is_derived else " The figures follow within minutes."
    typer.echo(f"{what} (number {changed.id}).{later}{advice}")


def print_log(rows: Sequence[dict[str, Any]], commands: str, *, as_json: bool) -> None:
    """Print corrections, for people with times in the owner's zone."""
    if not as_json:
        zone = settings().zone
        for row in rows:
            row.update({name: row[name] and row[name].astimezone(zone) for name in _TIMES})
    print_rows(rows, as_json=as_json, empty=f"No correction yet. See how: iot-hub {commands} --help")
