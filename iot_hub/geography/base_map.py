"""The map's base: vector tiles of zooms 0 to 6 in one PMTiles archive, which a page reads by ranges of bytes.

Layers: ``land``, ``lakes``, ``regions`` and ``borders`` (lines), ``countries`` (points: name, name_pl, code, square_km)
and ``cities`` (points: name, country, population, capital), the largest first.
"""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "base.pmtiles"
ATTRIBUTION = "Natural Earth · © GeoNames, CC BY 4.0"
"""What a page shows with it, and with the names of places."""
