"""The errors of backups."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg

from iot_hub.errors import UserError


class BackupError(UserError):
    """The backup can't be created, read or restored; the message says what to do."""

    code = "backup_error"


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Turn an error of the database into one line."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise BackupError(
            f"The database refuses: {_first_line(error)}. A superuser can do it, or let the hub's role do it."
        ) from error
    except psycopg.Error as error:
        raise BackupError(f"The database stopped it: {_first_line(error)}. Try again when it works.") from error


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
