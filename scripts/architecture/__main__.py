"""Draws the picture of ``docs/architecture.md`` from the packages and imports of ``iot_hub``.

``python scripts/architecture`` (``make docs`` calls it) writes ``docs/images/architecture.svg``; a test compares what
is there with what it would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

from drawing import draw
from layout import place
from rooms import essential, read_rooms

PROJECT = Path(__file__).parent.parent.parent
PICTURE = PROJECT / "docs" / "images" / "architecture.svg"


def picture() -> str:
    """Return the picture as SVG."""
    building = read_rooms(PROJECT / "iot_hub")
    arrows = essential(building.imports)
    return draw(building, place(sorted(building.rooms), arrows))


if __name__ == "__main__":
    if sys.argv[1:] == ["--stdout"]:
        sys.stdout.write(picture())
    else:
        PICTURE.write_text(picture(), encoding="utf-8")
