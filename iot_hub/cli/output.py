"""How commands print: tables for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print rows as JSON or as a table, or ``empty`` if there are none."""
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo(empty)
    else:
        _print_table(rows)


def print_json(value: object) -> None:
    """Print a value as JSON, indented."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    lines = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else str(value)


class ProgressBar:
    """A progress bar on a terminal; nothing in a log."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Draw the bar for a task."""
        if not sys.stderr.isatty() or not total:
            return
        share = min(done / total, 1)
        end = "\n" if share >= 1 else ""
        typer.echo(f"\r{what:<17} {'█' * round(share * 30):<30} {share:4.0%}{end}", err=True, nl=False)

    def of(self, what: str) -> Callable[[int, int], None]:
        """Return the callback that draws the bar for one task."""
        return lambda done, total: self(what, done, total)
