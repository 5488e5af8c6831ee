"""The bundled base map: an archive that any reader of PMTiles opens, small, and with what pages draw."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Iterator

import pytest

from iot_hub.geography.base_map import ATTRIBUTION, FILE

ARCHIVE = FILE.read_bytes()
ROOT_AT, ROOT_BYTES, ABOUT_AT, ABOUT_BYTES, _, _, TILES_AT, TILES_BYTES = struct.unpack_from("<8Q", ARCHIVE, 8)


def varints(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0


def directory() -> dict[int, bytes]:
    """Return the bytes of each tile by its number, as the specification says."""
    numbers = list(varints(gzip.decompress(ARCHIVE[ROOT_AT : ROOT_AT + ROOT_BYTES])))
    count = numbers[0]
    steps, runs, lengths, offsets = (numbers[1 + part * count : 1 + (part + 1) * count] for part in range(4))
    tiles: dict[int, bytes] = {}
    tile = end = 0
    for step, run, length, offset in zip(steps, runs, lengths, offsets, strict=True):
        tile += step
        start = offset - 1 if offset else end
        end = start + length
        for number in range(tile, tile + run):
            tiles[number] = gzip.decompress(ARCHIVE[TILES_AT + start : TILES_AT + end])
    return tiles


def layers(tile: bytes) -> dict[str, bytes]:
    """Return a vector tile's layers by name."""
    found = {}
    at = 0
    while at < len(tile):
        length = next(varints(tile[at + 1 :]))
        start = at + 1 + next(size for size in range(1, 6) if length < 128**size)
        at = start + length
        name_at = tile.index(b"\x0a", start)
        found[tile[name_at + 2 : name_at + 2 + tile[name_at + 1]].decode()] = tile[start:at]
    return found


def test_the_archive_says_what_it_is() -> None:
    assert ARCHIVE[:8] == b"PMTiles\x03"
    internal, packed, kind, least_zoom, most_zoom = ARCHIVE[97:102]
    assert (internal, packed, kind) == (2, 2, 1), "gzip, gzip, vector tiles"
    assert (least_zoom, most_zoom) == (0, 6)
    assert TILES_AT + TILES_BYTES == len(ARCHIVE)
    about = json.loads(gzip.decompress(ARCHIVE[ABOUT_AT : ABOUT_AT + ABOUT_BYTES]))
    assert [layer["id"] for layer in about["vector_layers"]] == [
        "land", "lakes", "regions", "borders", "countries", "cities"
    ]  # fmt: skip


def test_a_reader_needs_one_request_for_the_directory() -> None:
    assert ROOT_AT + ROOT_BYTES <= 16384


def test_the_whole_world_is_the_first_tile() -> None:
    assert {"land", "borders", "countries", "cities"} <= set(layers(directory()[0]))


@pytest.mark.parametrize(
    ("number", "names"),
    [
        # By an independent reader of PMTiles: 6/35/21, 6/18/24, and 6/56/25.
        pytest.param(4851, ["Kraków", "Katowice"], id="Poland"),
        pytest.param(2107, ["New York City"], id="New York"),
        pytest.param(4478, ["Tokyo"], id="Japan"),
    ],
)
def test_cities_are_where_they_are(number: int, names: list[str]) -> None:
    cities = layers(directory()[number])["cities"].decode(errors="replace")
    assert [name for name in names if name not in cities] == []


def test_the_archive_fits_into_the_wheel() -> None:
    assert len(ARCHIVE) < 4_000_000
    assert max(len(gzip.compress(tile, 9)) for tile in directory().values()) < 64_000


def test_a_page_can_say_whose_data_it_shows() -> None:
    assert "GeoNames" in ATTRIBUTION
    assert "CC BY 4.0" in ATTRIBUTION
    assert "Natural Earth" in ATTRIBUTION
