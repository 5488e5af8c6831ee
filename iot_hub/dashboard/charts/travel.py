"""The distances of a year's months, stacked by mode of travel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from iot_hub.dashboard.charts import vega
from iot_hub.dashboard.charts.chart import Chart, Record
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.translations import Translator

MODES = ("vehicle", "bicycle", "on_foot", "train", "boat", "flight", "unknown")
_SERIES_OF_MODE = (0, 1, 2, 3, 4, 6, 7)
"""The colours that the modes have on the map."""


def colour_of_mode(mode: str, palette: Palette) -> str:
    """Return the colour of a mode, which is the map's."""
    return palette.series[_SERIES_OF_MODE[MODES.index(mode)]]


def travel_chart(year: int, months: Sequence[Row], texts: Translator, palette: Palette, *, has_flights: bool) -> Chart:
    """Build the chart from the months of a year; flights may be left out, as one outweighs a year of walks."""
    rows = [
        {"month": month["period"], "mode": mode, "km": month["modes"][mode]["distance_m"] / 1000}
        for month in months
        for mode in MODES
        if month["modes"].get(mode, {}).get("distance_m") and (has_flights or mode != "flight")
    ]
    known = [month for month in months if month["distance_m"] is not None]
    travelled = sum(float(str(row["km"])) for row in rows)
    return Chart(
        key="travel",
        title=f"{texts('statistics.months')}, km",
        description=texts("statistics.about_months"),
        caption=texts.plural("statistics.trips", sum(month["trips"] for month in months)),
        alt=texts(
            "statistics.alt_months",
            distance=f"{texts.format_number(travelled, 0)} km",
            count=texts.plural("statistics.month_count", len(known)),
        ),
        rows=rows,
        specification=vega.stacked_months(
            [f"{year}-{month:02}" for month in range(1, 13)],
            {mode: texts(f"statistics.{mode}") for mode in MODES if any(row["mode"] == mode for row in rows)},
            [colour_of_mode(mode, palette) for mode in MODES if any(row["mode"] == mode for row in rows)],
            texts,
            palette,
        ),
        table=partial(_table, months, texts),
    )


def _table(months: Sequence[Row], texts: Translator) -> Iterator[Record]:
    for month in months:
        yield {
            texts("statistics.column.month"): month["period"],
            texts("statistics.column.km"): _km(month["distance_m"]),
            texts("statistics.column.trips"): month["trips"],
            **{
                f"{texts(f'statistics.{mode}')} [km]": _km(month["modes"].get(mode, {}).get("distance_m"))
                for mode in MODES
            },
            texts("statistics.column.moving"): round(month["moving_s"] / 3600, 1),
            texts("statistics.column.staying"): round(month["staying_s"] / 3600, 1),
            texts("statistics.column.unknown"): round(month["unknown_s"] / 3600, 1),
            texts("statistics.column.visits"): month["visits"],
            texts("statistics.column.stops"): month["stops"],
        }


def _km(metres: int | None) -> float | None:
    return None if metres is None else round(metres / 1000, 1)
