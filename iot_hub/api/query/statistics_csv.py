"""Statistics as CSV (RFC 4180, UTF-8): a line per row, one column per figure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from iot_hub.api.query.models import JourneyMode
from iot_hub.places.place import KINDS
from iot_hub.timestamps import iso_utc
from iot_hub.transfer.exports.csv import harmless

CSV = "text/csv"

MODES = (*get_args(JourneyMode), "unknown")
_OF_A_MODE = ("trips", "distance_m", "seconds")


def to_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as CSV; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def flat(period: Mapping[str, Any]) -> dict[str, Any]:
    """Return a period with a column for each figure of each mode and each kind of place."""
    modes, kinds = period["modes"], period["kinds"]
    columns = {name: value for name, value in period.items() if name not in ("modes", "kinds")}
    columns |= {f"{figure}_{mode}": modes.get(mode, {}).get(figure) for mode in MODES for figure in _OF_A_MODE}
    return columns | {f"seconds_at_{kind}": kinds.get(kind) for kind in KINDS}


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return iso_utc(value)
    return harmless(value) if isinstance(value, str) else value
