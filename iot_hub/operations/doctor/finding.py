"""What a check finds, and what it may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg.rows import DictRow

from iot_hub.settings import Settings

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """What is so, and what to do about it where something is to be done."""

    state: State
    message: str
    advice: str = ""


@dataclass(frozen=True)
class DiagnosticContext:
    """A hub that is looked over: its settings, and its database where that answers."""

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
    """Say that nothing is to be done."""
    return Finding("ok", message)


def warning(message: str, advice: str) -> Finding:
    """Say that the hub works, and what should be looked at."""
    return Finding("warning", message, advice)


def problem(message: str, advice: str) -> Finding:
    """Say what does not work, or soon will not."""
    return Finding("problem", message, advice)


def span(seconds: float) -> str:
    """Say a span of time in its largest unit."""
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"


def megabytes(count: float) -> str:
    """Say a number of bytes."""
    return (
        f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count:.0f} bytes"
    )
