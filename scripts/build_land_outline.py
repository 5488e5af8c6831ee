"""Make the map's land outlines out of the npm package ``world-atlas`` (Natural Earth, public domain).

    npm pack world-atlas@2 && tar xzf world-atlas-2*.tgz
    python scripts/build_land_outline.py package

Each file holds one polygon a line, a GeoJSON feature with its bounding box first, so that the
dashboard can pick the few that it needs without keeping the world in memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

from topojson import Line, decode_arcs, polygons

TARGET = Path(__file__).parent.parent / "iot_hub" / "dashboard" / "maps" / "land"
SCALES = ("110m", "50m", "10m")


def feature(rings: list[Line]) -> str:
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
        arcs = decode_arcs(topology)
        land = topology["objects"]["land"]["geometries"]
        lines = "".join(f"{feature(rings)}\n" for geometry in land for rings in polygons(geometry, arcs))
        # Without a time in it, the same input gives the same bytes.
        (TARGET / f"land-{scale}.ndjson.gz").write_bytes(gzip.compress(lines.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
