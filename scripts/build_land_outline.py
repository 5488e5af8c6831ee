"""Make the map's land outlines out of the npm package ``world-atlas`` (Natural Earth, public domain).

    npm pack world-atlas@2 && tar xzf world-atlas-2*.tgz
    python scripts/build_land_outline.py package

Each file holds one polygon a line, a GeoJSON feature with its bounding box first, so that the
dashboard can pick the few that it needs without keeping the world in memory.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "iot_hub" / "dashboard" / "maps" / "land"
SCALES = ("110m", "50m", "10m")

Position = tuple[float, float]
Ring = list[Position]


def decode_arcs(topology: dict[str, Any]) -> list[Ring]:
    """Turn TopoJSON's quantised steps into degrees."""
    (kx, ky), (x0, y0) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        walked = itertools.accumulate(steps, lambda at, step: (at[0] + step[0], at[1] + step[1]))
        arcs.append([(round(x * kx + x0, 3), round(y * ky + y0, 3)) for x, y in walked])
    return arcs


def join(arcs: list[Ring], indexes: list[int]) -> Ring:
    """Join arcs to a ring; a negative index means the arc ~index, backwards."""
    ring: Ring = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring


def polygons(topology: dict[str, Any]) -> Iterator[list[Ring]]:
    """Yield every polygon of land, its outer ring first."""
    arcs = decode_arcs(topology)
    for geometry in topology["objects"]["land"]["geometries"]:
        parts = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for part in parts:
            yield [join(arcs, indexes) for indexes in part]


def feature(rings: list[Ring]) -> str:
    """Write a polygon as a line of GeoJSON, the bounding box first."""
    xs, ys = zip(*rings[0], strict=True)
    return json.dumps(
        {
            "bbox": [min(xs), min(ys), max(xs), max(ys)],
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "Polygon", "coordinates": rings},
        },
        separators=(",", ":"),
    )


def main() -> None:
    """Write one file for each scale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="the unpacked npm package world-atlas")
    package = parser.parse_args().package
    TARGET.mkdir(exist_ok=True)
    for scale in SCALES:
        topology = json.loads((package / f"land-{scale}.json").read_text(encoding="utf-8"))
        lines = "".join(f"{feature(rings)}\n" for rings in polygons(topology))
        # Without a time in it, the same input gives the same bytes.
        (TARGET / f"land-{scale}.ndjson.gz").write_bytes(gzip.compress(lines.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
