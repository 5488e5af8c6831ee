"""Places in XML: GPX waypoints (topografix.com/GPX/1/1), and KML placemarks that are a point."""

from __future__ import annotations

from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.xml_stream import records
from iot_hub.transfer.places.found import Found


def read_gpx(stream: Stream) -> Found:
    """Read the waypoints; their type or symbol may name the kind. Raises BrokenFileError."""
    found = Found()
    for _, record in records(stream, ("wpt",)):
        if isinstance(record, dict):
            words = [str(record[key]) for key in ("type", "sym") if key in record]
            found.add(record.get("name") or record.get("desc"), record.get("lat"), record.get("lon"), *words)
    return found


def read_kml(stream: Stream) -> Found:
    """Read the placemarks that are points: "longitude,latitude[,altitude]". Raises BrokenFileError."""
    found = Found()
    for _, record in records(stream, ("Placemark",)):
        point = record.get("Point") if isinstance(record, dict) else None
        if isinstance(record, dict) and isinstance(point, dict):
            longitude, latitude, *_ = [*str(point.get("coordinates", "")).strip().split(","), "", ""]
            found.add(record.get("name"), latitude, longitude)
    return found
