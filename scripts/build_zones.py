"""Make what the hub knows time zones by: ``zones.tsv.xz`` in ``iot_hub/geography``.

    python scripts/build_zones.py PACKAGES

PACKAGES: a folder with the npm package ``city-timezones``, unpacked. Of each of its cities: country, degrees, zone.
"""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path
from zoneinfo import available_timezones

TARGET = Path(__file__).parent.parent / "iot_hub" / "geography" / "zones.tsv.xz"


def main(packages: Path) -> None:
    """Write the file."""
    cities = json.loads((packages / "city-timezones" / "data" / "cityMap.json").read_text(encoding="utf-8"))
    known = available_timezones()
    rows = sorted({
        (city["iso2"], f"{city['lat']:.2f}", f"{city['lng']:.2f}", city["timezone"])
        for city in cities
        if city["timezone"] in known and isinstance(city["iso2"], str)
    })  # fmt: skip
    text = "".join("\t".join(row) + "\n" for row in rows)
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
