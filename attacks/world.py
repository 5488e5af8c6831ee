"""The hubs that are attacked: a cluster of the suite's own, a database for each ten people."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
from psycopg import conninfo
from psycopg.rows import DictRow
from pydantic import SecretStr

from attacks.person import Person
from attacks.plane import Points
from attacks.statements import statement
from iot_hub.access.devices import add_device
from iot_hub.database.connections import connect, owner_conninfo, url, viewer_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.storage import to_sql_params
from iot_hub.operations.postgres_server import running_server
from iot_hub.privacy.areas import add_area, remove_area
from iot_hub.privacy.stays import show_stays
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]
BATCH = 5_000
MARKS = 2_000


@contextlib.contextmanager
def running_template() -> Iterator[Settings]:
    """Run a cluster with one hub's database, empty, and the naive filter's views in it."""
    with tempfile.TemporaryDirectory(prefix="iot-hub-attacks-", dir="/var/tmp", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), time_zone="UTC", database_url=None, viewer_database_url=None)
        with running_server(settings):
            migrate(settings)
            with connect(owner_conninfo(settings, "attacks")) as owner:
                owner.execute(statement("naive_filter"))
                # More than is published by default.
                show_stays(owner, shown=True)
            yield settings


@contextlib.contextmanager
def hub_of(template: Settings, name: str, seed: int) -> Iterator[Settings]:
    """Make a hub's database, with a secret of its own; drop it afterwards."""
    where, published = owner_conninfo(template, "attacks"), viewer_conninfo(template, "attacks")
    with connect(conninfo.make_conninfo(where, dbname="postgres")) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE iot_hub".encode())
        settings = template.model_copy(
            update={
                "database_url": SecretStr(url(conninfo.make_conninfo(where, dbname=name))),
                "viewer_database_url": SecretStr(url(conninfo.make_conninfo(published, dbname=name))),
            }
        )
        try:
            with owner_of(settings) as owner:
                owner.execute(statement("draw_secret"), {"words": f"attacks {seed} {name}"})
            yield settings
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def owner_of(settings: Settings) -> Connection:
    """Connect as the hub itself. A crash loses nothing that is needed."""
    owner = connect(owner_conninfo(settings, "attacks"))
    owner.execute("SET synchronous_commit = off")
    return owner


def viewer_of(settings: Settings) -> Connection:
    """Connect as the reader of what is published."""
    return connect(viewer_conninfo(settings, "attacks"))


def move_in(owner: Connection, person: Person) -> int:
    """Add a person's phone, published, and private area; return the phone's id."""
    add_area(owner, f"home {person.number}", _geojson(person, person.area))
    device_id = add_device(owner, f"phone {person.number}", "smartphone")[0]
    owner.execute(statement("publish_expecting_backlog"), {"device_id": device_id})
    return device_id


def lend_token(owner: Connection, person: Person, schema: str) -> int:
    """Add a published device whose token a stranger has; return its id."""
    device_id = add_device(owner, f"lost {person.number} {schema}", "smartphone")[0]
    owner.execute(statement("publish"), {"device_id": device_id})
    return device_id


def change_margin(owner: Connection, person: Person, factor: float) -> None:
    """Change the margin of a person's area."""
    owner.execute(statement("change_margin"), {"name": f"home {person.number}", "factor": factor})


def draw_again(owner: Connection, person: Person) -> None:
    """Remove a person's area and draw it again, at once."""
    with owner.transaction():
        remove_area(owner, f"home {person.number}")
        add_area(owner, f"home {person.number}", _geojson(person, person.area))


def redraw(owner: Connection, person: Person, corners: Points) -> None:
    """Change a person's area."""
    drawn = {"name": f"home {person.number}", "geojson": _geojson(person, corners).decode()}
    owner.execute(statement("redraw"), drawn)


def _geojson(person: Person, corners: Points) -> bytes:
    ring = [[longitude, latitude] for latitude, longitude in person.plane.degrees(corners).tolist()]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}).encode()


def store(owner: Connection, events: Sequence[StoredEvent]) -> None:
    """Store events and refresh all that they change."""
    for first in range(0, len(events), BATCH):
        owner.execute(query("store_events"), to_sql_params(events[first : first + BATCH]))
    _do_all(owner, "refresh_stale_hours")
    publish(owner)


def publish(owner: Connection) -> None:
    """Mask by changed areas, and publish all that is due."""
    _do_all(owner, "mask_next_fixes")
    _do_all(owner, "publish_due_hours")
    for derived in ("", "shown_"):
        _do_all(owner, f"refresh_stale_{derived}journeys")
        _do_all(owner, f"refresh_stale_{derived}map_cells")


def _do_all(owner: Connection, name: str) -> None:
    while next(iter((owner.execute(statement(name), {"marks": MARKS}).fetchone() or {}).values())):
        pass
