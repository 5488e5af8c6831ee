"""What an error of PostgreSQL means for a person: one line that says what to do next.

The server's own text is not shown: it may quote values of the data. Errors of a connection have no SQLSTATE, so
they are recognised by their words, which are English in the hub's own cluster (``lc_messages`` of C.UTF-8).
"""

from __future__ import annotations

import psycopg

_LIBRARY = (
    "The database can't load its libraries: PostgreSQL was upgraded while it ran. The hub restarts it within a minute"
    " and keeps events meanwhile; a server of your own: restart it. If it lasts: iot-hub doctor"
)
_VERSION = "The database does not match this version of the hub. Migrate it: iot-hub migrate"
_AWAY = "The database went away. What was committed is kept; try again in a few seconds."

_BY_WORDS = {
    "could not load library": _LIBRARY,
    "undefined symbol": _LIBRARY,
    "could not access file": _LIBRARY,
    "incompatible library": _LIBRARY,
    "too many": "The database has no connection left. Close other programs that use it, then try again.",
    "remaining connection slots": "The database has no connection left. Close other programs that use it, then try"
    " again.",
    "starting up": "The database is starting. Try again in a few seconds.",
    "shutting down": "The database is stopping. Try again in a few seconds.",
    "recovery mode": "The database recovers after a crash. Try again in a minute; log/postgresql.log in the state"
    " folder says how far it is.",
    "read-only file system": "The disk of the database is read-only. See why (dmesg), mount it for writing, then try"
    " again.",
    "no space left": "The disk of the database is full. Free some, then try again.",
    "password authentication failed": "The database refuses the hub's password. See IOT_HUB_DATABASE_URL, or the"
    " folder secrets in the state folder.",
}

_BY_STATE = {
    "25006": "The database takes no changes: it is a standby, or was made read-only. Let it be written to, or set"
    " IOT_HUB_DATABASE_URL to one that can be, then try again.",
    "53100": _BY_WORDS["no space left"],
    "53200": "The database's memory is short. End other programs, or give the machine more, then try again.",
    "53300": _BY_WORDS["too many"],
    "57P01": _AWAY,
    "57P02": _AWAY,
    "57P03": _BY_WORDS["starting up"],
    "57014": "The database took too long. Try again, or ask for less at once.",
    "55P03": "The database is busy with the same data. Try again when the other command is done.",
    "40P01": "The database is busy with the same data. Try again when the other command is done.",
    "40001": "The database is busy with the same data. Try again when the other command is done.",
    "58030": "The disk of the database fails. See why (dmesg, smartctl), and have a backup at hand: iot-hub backup",
    "58P01": _LIBRARY,
    "42501": "The database does not allow that to the hub's role. See who owns the tables, or the role in"
    " IOT_HUB_DATABASE_URL.",
    "42P01": _VERSION,
    "42703": _VERSION,
    "42883": _VERSION,
    "3F000": _VERSION,
    "3D000": "The server has no database of that name. See IOT_HUB_DATABASE_URL.",
    "XX001": "The database's files are damaged. Stop the hub, keep a copy of its state folder, and restore a backup:"
    " iot-hub backup restore",
    "XX002": 'An index of the database is damaged. Rebuild all: REINDEX DATABASE, with psql "$(iot-hub db url)"',
}


def explanation(error: psycopg.Error) -> str:
    """Return one line for a person that says what is wrong and what to do."""
    words = str(error).lower()
    known = next((line for sign, line in _BY_WORDS.items() if sign in words), None)
    if known is None and error.sqlstate:
        known = _BY_STATE.get(error.sqlstate)
    if known is None and (error.sqlstate or "08")[:2] == "08" and isinstance(error, psycopg.OperationalError):
        known = _AWAY
    return known or (
        f"The database could not do it (SQLSTATE {error.sqlstate or 'unknown'}, {type(error).__name__})."
        " See iot-hub doctor, and log/postgresql.log in the state folder."
    )


def reason_of_absence(error: psycopg.OperationalError) -> str:
    """Return why there is no connection, in one line: the driver's own words quote no data."""
    words = str(error).strip()
    known = next((line for sign, line in _BY_WORDS.items() if sign in words.lower()), None)
    return known or f"The database does not answer: {words.splitlines()[-1] if words else type(error).__name__}"


def is_passing(error: psycopg.Error) -> bool:
    """Return whether the state of the server is the cause, so that the same question may succeed later."""
    if isinstance(error, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction):
        return True
    words = str(error).lower()
    return isinstance(error, psycopg.errors.InternalError_) and any(
        sign in words for sign, line in _BY_WORDS.items() if line is _LIBRARY
    )
