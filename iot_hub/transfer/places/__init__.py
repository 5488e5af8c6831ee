"""Reads places out of files of other programs: GPX, KML and KMZ, Google's saved places (GeoJSON or CSV)."""
