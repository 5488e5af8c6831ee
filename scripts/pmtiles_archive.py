"""Write a PMTiles archive, version 3 (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md).

One root directory, which has room for some thousand entries of tiles; a tile that occurs again is stored once.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iot_hub.geography.tile_numbers import tile_id

HEADER_BYTES, MOST_ROOT_BYTES = 127, 16384 - 127
GZIP, VECTOR_TILE = 2, 1


@dataclass
class Entry:
    """A run of tiles, one after the other along the curve, with the same bytes."""

    tile: int
    run: int
    offset: int
    length: int


def write_archive(path: Path, tiles: Iterable[tuple[int, int, int, bytes]], metadata: dict[str, Any]) -> None:
    """Write vector tiles (z, x, y, bytes), with the archive's metadata; the same tiles give the same bytes."""
    by_id = {tile_id(z, x, y): data for z, x, y, data in tiles}
    entries, body = _pack(by_id)
    root, below = _directories(entries)
    zooms = [z for z in range(32) if any((4**z - 1) // 3 <= tile < (4 ** (z + 1) - 1) // 3 for tile in by_id)]
    about = _gzip(json.dumps(metadata, ensure_ascii=False, sort_keys=True).encode())
    after_root = HEADER_BYTES + len(root)
    after_about = after_root + len(about)
    world = [-1_800_000_000, -850_511_287, 1_800_000_000, 850_511_287]
    header = b"PMTiles\x03" + struct.pack(
        "<8Q3Q6B4iB2i",
        HEADER_BYTES, len(root), after_root, len(about), after_about, len(below), after_about + len(below), len(body),
        sum(entry.run for entry in entries), len(entries), len({entry.offset for entry in entries}),
        1, GZIP, GZIP, VECTOR_TILE, zooms[0], zooms[-1], *world, 0, 0, 0,
    )  # fmt: skip
    path.write_bytes(header + root + about + below + body)


def _pack(by_id: dict[int, bytes]) -> tuple[list[Entry], bytes]:
    entries: list[Entry] = []
    offsets: dict[bytes, int] = {}
    body = bytearray()
    for tile, data in sorted(by_id.items()):
        packed = _gzip(data)
        offset = offsets.setdefault(packed, len(body))
        if offset == len(body):
            body += packed
        last = entries[-1] if entries else None
        if last and last.offset == offset and last.tile + last.run == tile:
            last.run += 1
        else:
            entries.append(Entry(tile, 1, offset, len(packed)))
    return entries, bytes(body)


def _directories(entries: list[Entry]) -> tuple[bytes, bytes]:
    """Return the root directory, and the leaf directories, of which there are none where the root holds all."""
    root = _directory(entries)
    if len(root) <= MOST_ROOT_BYTES:
        return root, b""
    leaves, below = [], bytearray()
    for first in range(0, len(entries), 4096):
        part = entries[first : first + 4096]
        leaf = _directory(part)
        leaves.append(Entry(part[0].tile, 0, len(below), len(leaf)))
        below += leaf
    return _directory(leaves), bytes(below)


def _directory(entries: list[Entry]) -> bytes:
    numbers = [len(entries)]
    numbers += [entry.tile - before for entry, before in zip(entries, [0, *(e.tile for e in entries)], strict=False)]
    numbers += [entry.run for entry in entries]
    numbers += [entry.length for entry in entries]
    end = -1
    for entry in entries:
        numbers.append(0 if entry.offset == end else entry.offset + 1)
        end = entry.offset + entry.length
    return _gzip(b"".join(map(_varint, numbers)))


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)
