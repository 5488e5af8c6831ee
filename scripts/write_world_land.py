"""Write the coarse world that maps load as a static file, out of the outline in ``maps/land``."""

from __future__ import annotations

import json

from iot_hub.dashboard.maps.land import world
from iot_hub.dashboard.static_files import FOLDER, WORLD_LAND


def text() -> str:
    """Return the polygons of all land as JSON."""
    return json.dumps(world(), separators=(",", ":")) + "\n"


if __name__ == "__main__":
    (FOLDER / WORLD_LAND).write_text(text(), encoding="ascii")
