"""The names of the world's countries and cities, as rows for the database. Positions are good to 100 m."""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterator
from pathlib import Path

CITIES = Path(__file__).parent / "cities.tsv.xz"
"""name, country, region, latitude, longitude, population (0: unknown)"""
COUNTRIES = Path(__file__).parent / "countries.tsv.xz"
"""code, name, name in Polish, a piece of the country (TWKB as base64)"""
ZONES = Path(__file__).parent / "zones.tsv.xz"
"""country, latitude, longitude, IANA time zone: of the larger cities"""


def rows(file: Path) -> Iterator[list[str]]:
    """Yield the rows of a file, one at a time."""
    with lzma.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield line.rstrip("\n").split("\t")


def version() -> str:
    """Return what changes with the files: the SHA-256 of all."""
    return hashlib.sha256(CITIES.read_bytes() + COUNTRIES.read_bytes() + ZONES.read_bytes()).hexdigest()
