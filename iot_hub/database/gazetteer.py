"""Loads the world's countries and cities into the database, once for each version of the bundled files."""

from __future__ import annotations

import itertools

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.connections import scalar
from iot_hub.database.queries import query
from iot_hub.geography import gazetteer

Connection = psycopg.Connection[DictRow]

BATCH = 2_000
"""Pieces of one statement: about 200 kB."""


def load_gazetteer(connection: Connection) -> bool:
    """Load the files unless the database has them already; return whether it did. One transaction, about 10 s.

    Stays are looked up again afterwards.
    """
    version = gazetteer.version()
    if scalar(connection, query("gazetteer_version")) == version:
        return False
    with connection.transaction():
        connection.execute(query("lock_gazetteer"))
        if scalar(connection, query("gazetteer_version")) == version:
            return False
        connection.execute(query("clear_gazetteer"))
        _load_countries(connection)
        _load_cities(connection)
        _load_zones(connection)
        connection.execute(query("note_gazetteer"), {"version": version})
    connection.execute(query("analyze_gazetteer"))
    return True


def _load_countries(connection: Connection) -> None:
    pieces = gazetteer.rows(gazetteer.COUNTRIES)
    while batch := list(itertools.islice(pieces, BATCH)):
        codes, names, _, shapes = zip(*batch, strict=True)
        statement = {"codes": list(codes), "names": list(names), "shapes": list(shapes)}
        connection.execute(query("add_country_pieces"), statement)


def _load_cities(connection: Connection) -> None:
    with connection.cursor().copy(query("copy_cities")) as copy:
        for name, country, region, latitude, longitude, population in gazetteer.rows(gazetteer.CITIES):
            point = f"SRID=4326;POINT({longitude} {latitude})"
            copy.write_row((name, country, region or None, int(population), point))


def _load_zones(connection: Connection) -> None:
    with connection.cursor().copy(query("copy_zone_cities")) as copy:
        for country, latitude, longitude, zone in gazetteer.rows(gazetteer.ZONES):
            copy.write_row((country, zone, f"SRID=4326;POINT({longitude} {latitude})"))
