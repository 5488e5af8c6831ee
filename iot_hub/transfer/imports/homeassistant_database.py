"""Home Assistant's recorder: the states in ``home-assistant_v2.db``, in the order in which they were written.

Facts: home-assistant/core, components/recorder/db_schema.py. Since 2023 entities and attributes stand in tables of
their own and times are Unix seconds; before, with each state, as text in UTC. A state of an entity that was removed
says nothing.
"""

from __future__ import annotations

import io
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from pathlib import Path

import msgspec

from iot_hub.database.queries import query
from iot_hub.event import Event
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_properties
from iot_hub.transfer.imports.homeassistant_states import state_event
from iot_hub.transfer.imports.record import BrokenFileError, Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import HEAD, Stream
from iot_hub.transfer.imports.times import moment_of

MARK = b"SQLite format 3\0"

# The statement for each schema, the newest first, by the column that came with it.
_STATEMENTS = {
    "metadata_id": "recorder_states",
    "last_updated_ts": "recorder_states_2023_2",
    "attributes_id": "recorder_states_2022_4",
    "attributes": "recorder_states_2017",
}
_encode = msgspec.json.Encoder().encode

State = tuple[str | None, str | None, float | str | None, str | None]


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a database. Raises BrokenFileError for one of another program, and where it is damaged."""
    context = msgspec.structs.replace(context, time_zone=UTC)
    with _opened(stream) as (database, columns):
        statement = next(each for column, each in _STATEMENTS.items() if column in columns)
        for index, state in enumerate(database.execute(query(statement))):
            yield Ignored("no_reading") if state[1] is None else event_of(index, b"", _event, state, context)


def tags_in(stream: Stream) -> Iterator[str]:
    """Yield the trackers and persons that a database knows. Raises BrokenFileError as reading it does."""
    with _opened(stream) as (database, columns):
        is_newest = "metadata_id" in columns
        for (entity,) in database.execute(query("recorder_trackers" if is_newest else "recorder_trackers_2023_2")):
            yield entity


def _event(state: State, context: ParseContext) -> Event:
    entity, value, time, attributes = state
    if entity is None:
        raise NotStorableError("entity_missing")
    about = _encode({"entity_id": entity, "state": value, "last_updated": time})
    original = about[:-1] + b',"attributes":' + (attributes or "{}").encode() + b"}"
    said = check_properties(original)["attributes"]
    moment = moment_of(time, context)
    return state_event(entity, value, said if isinstance(said, dict) else {}, moment, original)


@contextmanager
def _opened(stream: Stream) -> Iterator[tuple[sqlite3.Connection, frozenset[str]]]:
    """Open a database; return it with the columns of its states."""
    try:
        with _path_of(stream) as path, closing(_open(path)) as database:
            database.text_factory = lambda text: text.decode(errors="replace")
            columns = frozenset(name for (name,) in database.execute(query("recorder_columns")))
            if columns.isdisjoint(_STATEMENTS):
                raise BrokenFileError("database_unknown")
            yield database, columns
    except sqlite3.Error as error:
        raise BrokenFileError("damaged") from error


@contextmanager
def _path_of(stream: Stream) -> Iterator[Path]:
    """Return where a database is on the disk: the file itself, or a copy of what was packed."""
    raw = stream.raw
    if isinstance(raw, io.FileIO) and not isinstance(raw.name, int):
        yield Path(raw.name)
        return
    with tempfile.NamedTemporaryFile(suffix=".db") as copy:
        shutil.copyfileobj(stream, copy, HEAD)
        copy.flush()
        yield Path(copy.name)


def _open(path: Path) -> sqlite3.Connection:
    """Open a database to read it. What is written beside it counts; where that can't be opened, the file alone does."""
    address = path.absolute().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True)
    try:
        connection.execute(query("recorder_columns")).fetchall()
    except sqlite3.OperationalError:
        connection.close()
        connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
    return connection
