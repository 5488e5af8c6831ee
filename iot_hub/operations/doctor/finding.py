"""The result of a check, and the context in which it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg.rows import DictRow

from iot_hub.settings import Settings

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """The result of a check, and what to do about it, if anything."""

    state: State
    message: str
    advice: str = ""


@dataclass(frozen=True)
class DiagnosticContext:
    """The hub to check: its settings, and its database if it answers."""

    settings: Settings
    connection: psycopg.Connection[DictRow] | None
    away: str = ""
    """Why the database does not answer."""

    @property
    def database(self) -> psycopg.Connection[DictRow]:
        """The connection; only checks that need the database ask for it."""
        assert self.connection is not None  # noqa: S101 - such checks are not run without it
        return self.connection


def ok(message: str) -> Finding:
    """Return a finding without anything to do."""
    return Finding("ok", message)


def warning(message: str, advice: str) -> Finding:
    """Return a finding that the hub works, but needs attention."""
    return Finding("warning", message, advice)


def problem(message: str, advice: str) -> Finding:
    """Return a finding that something does not work, or soon will not."""
    return Finding("problem", message, advice)


def span(seconds: float) -> str:
    """Format a duration in its largest unit."""
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"


def megabytes(count: float) -> str:
    """Format a number of bytes."""
    return (
        f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count:.0f} bytes"
    )
