"""Make what the hub names positions by: ``cities.tsv.xz`` and ``countries.tsv.xz`` in ``iot_hub/geography``.

    python scripts/build_geography.py PACKAGES

PACKAGES as for build_base_map.py. Cities: name, country, region, degrees, population. Countries: code, names, and a
piece of the country as TWKB; a country is many pieces of few corners, which are quick to look into. Where Natural
Earth draws a part of a country, or a territory without a code, in which all cities have another code in GeoNames, that
code counts.
"""

from __future__ import annotations

import argparse
import json
import lzma
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from gazetteer import City, read_cities, read_countries, read_regions
from topojson import decode_arcs, on_plane, polygons

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.operations.postgres_server import running_server
from iot_hub.settings import Settings

TARGET = Path(__file__).parent.parent / "iot_hub" / "geography"
DEGREES = 3
"""Digits of positions: 110 m."""
KOSOVO = {"Kosovo": "XK"}
"""GeoNames' code, which is not in ISO 3166-1."""

LOAD = """
    CREATE TEMPORARY TABLE parts (code text, shape geometry);
    CREATE TEMPORARY TABLE cities (code text, point geometry);
"""
PIECES = """
    CREATE INDEX ON cities USING gist (point);
    WITH known AS (SELECT DISTINCT parts.code FROM parts WHERE parts.code <> ''),
    -- A part belongs to the code that most of its cities have, where the part has none or that code no part
    named AS (
        SELECT st_wrapx(st_wrapx(st_makevalid(st_setsrid(parts.shape, 4326)), 180, -360), -180, 360) AS shape,
               CASE WHEN parts.code = '' OR most.code NOT IN (SELECT known.code FROM known)
                    THEN coalesce(most.code, parts.code) ELSE parts.code END AS code
        FROM parts
        LEFT JOIN LATERAL (
            SELECT cities.code FROM cities
            WHERE st_dwithin(cities.point, st_setsrid(parts.shape, 4326), 0.02)
            GROUP BY cities.code ORDER BY count(*) DESC, cities.code LIMIT 1) AS most ON true
    )
    -- Of the Vatican's size nothing is left at 110 m.
    SELECT named.code,
           encode(st_astwkb(piece.shape, CASE WHEN st_area(piece.shape) < 0.01 THEN 5 ELSE %(digits)s END), 'base64')
               AS piece
    FROM named, LATERAL (SELECT st_subdivide(st_collectionextract(named.shape, 3), 128) AS shape) AS piece
    WHERE named.code <> ''
    ORDER BY named.code, st_xmin(piece.shape), st_ymin(piece.shape)
"""


def pieces(connection: psycopg.Connection[Any], packages: Path, cities: list[City]) -> list[tuple[str, str]]:
    """Return every country's pieces: its code, and the piece."""
    codes, _ = read_countries(packages)
    topology = json.loads((packages / "world-atlas" / "countries-10m.json").read_text(encoding="utf-8"))
    arcs = decode_arcs(topology, 5)
    connection.execute(LOAD)
    with connection.cursor().copy("COPY parts FROM STDIN") as copy:
        for geometry in topology["objects"]["countries"]["geometries"]:
            code = codes.get(geometry.get("id", "")) or KOSOVO.get(geometry["properties"]["name"], "")
            for rings in polygons(geometry, arcs):
                copy.write_row((code, json.dumps({"type": "Polygon", "coordinates": on_plane(rings)})))
    with connection.cursor().copy("COPY cities FROM STDIN") as copy:
        for city in cities:
            copy.write_row((city.country, f"SRID=4326;POINT({city.longitude} {city.latitude})"))
    statements = PIECES.split(";")
    connection.execute(statements[0])
    rows = connection.execute(statements[1], {"digits": DEGREES}).fetchall()
    return [(row["code"], row["piece"].replace("\n", "")) for row in rows]


def write(name: str, rows: list[tuple[object, ...]]) -> None:
    """Write rows, tab-separated and packed; the same rows give the same bytes."""
    text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    (TARGET / name).write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{name}: {len(rows)} rows, {(TARGET / name).stat().st_size / 1e6:.2f} MB")


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="the folder of the unpacked packages")
    packages = parser.parse_args().packages
    cities, regions = read_cities(packages), read_regions(packages)
    _, names = read_countries(packages)
    with TemporaryDirectory(prefix="iot-hub-geography-") as home:
        settings = Settings(home=Path(home), database_url=None)
        with running_server(settings), connect(owner_conninfo(settings, "geography")) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            found = pieces(connection, packages, cities)
    write("cities.tsv.xz", [
        (city.name, city.country, regions.get(f"{city.country}.{city.region}", ""),
         f"{city.latitude:.{DEGREES}f}", f"{city.longitude:.{DEGREES}f}", city.population)
        for city in cities
    ])  # fmt: skip
    write("countries.tsv.xz", [(code, *names[code], piece) for code, piece in found])


if __name__ == "__main__":
    main()
