"""The charts of a drive on one time axis, and what drives use by how warm it is outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from iot_hub.dashboard.charts import vega
from iot_hub.dashboard.charts.chart import Chart, Record
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator

MOST_STEPS = 400
_GAP_STEPS, _LEAST_GAP = 3, timedelta(seconds=90)
"""A silence longer than this ends a line: a gap is a gap."""


@dataclass(frozen=True)
class Strip:
    """A figure over the time of a drive, and its column in ``car_series``."""

    figure: str
    column: str
    unit: str
    decimals: int
    from_zero: bool = False
    divisor: int = 1


STRIPS = (
    Strip("speed", "speed_kmh", "km/h", 0, from_zero=True),
    Strip("rpm", "engine_rpm", "1/min", 0, from_zero=True),
    Strip("fuel_rate", "fuel_rate_Lh", "L/h", 1, from_zero=True),
    Strip("power", "power_W", "kW", 0, divisor=1000),
    Strip("altitude", "altitude_m", "m", 0),
    Strip("coolant", "coolant_temperature_C", "°C", 0),
    Strip("outside", "outside_temperature_C", "°C", 0),
    Strip("fuel", "fuel_percent", "%", 0),
    Strip("battery", "battery_percent", "%", 0),
)


def step_s(duration: timedelta) -> int:
    """Return the step to which a drive is thinned: whole seconds."""
    return max(1, round(duration.total_seconds() / MOST_STEPS))


def strips(
    rows: Sequence[Row], time_range: TimeRange, texts: Translator, palette: Palette
) -> Iterator[tuple[Strip, list[Record], vega.Spec]]:
    """Yield each figure that the drive has, its rows, and the specification that draws them: all over the same time."""
    step = timedelta(seconds=step_s(time_range.duration))
    for strip in STRIPS:
        known = [(row["time"], row[strip.column] / strip.divisor) for row in rows if row[strip.column] is not None]
        if known:
            drawn = _joined(known, max(_GAP_STEPS * step, _LEAST_GAP), texts)
            yield strip, drawn, vega.strip(strip.unit, strip.decimals, time_range, texts, palette, zero=strip.from_zero)


def _joined(known: Sequence[tuple[datetime, float]], gap: timedelta, texts: Translator) -> list[Record]:
    joined: list[Record] = []
    run, before = 0, None
    for at, value in known:
        if before is not None and at - before > gap:
            run += 1
        before = at
        local = at.astimezone(texts.zone)
        joined.append({"at": vega.milliseconds(at), "when": f"{local:%H:%M:%S}", "value": value, "run": run})
    return joined


def consumption_chart(rows: Sequence[Row], texts: Translator, palette: Palette) -> Chart:
    """Build the chart of what drives used over the temperature outside."""
    points: list[Record] = []
    for row in rows:
        for name, value in (("fuel", row["fuel_l_100km"]), ("energy", row["energy_wh_km"])):
            if value is not None:
                local = row["starts"].astimezone(texts.zone)
                points.append({
                    "temperature": row["outside_temperature_c"],
                    "value": value if name == "fuel" else value / 10,
                    "kind": name,
                    "km": row["distance_m"] / 1000,
                    "when": texts.format_datetime(local),
                })  # fmt: skip
    kinds = [name for name in ("fuel", "energy") if any(point["kind"] == name for point in points)]
    units = {"fuel": "L/100 km", "energy": "kWh/100 km"}
    return Chart(
        key="car-consumption",
        title=texts("car.consumption"),
        description=texts("car.about_consumption"),
        caption=texts.plural("car.drives", len(rows)),
        alt=texts("car.consumption_alt", drives=texts.plural("car.drives", len(rows))),
        rows=points,
        specification=vega.scatter({name: units[name] for name in kinds}, texts, palette),
        table=partial(_table, rows, texts),
    )


def _table(rows: Sequence[Row], texts: Translator) -> Iterator[Record]:
    for row in rows:
        yield {
            texts("column.time"): row["starts"].astimezone(texts.zone).isoformat(" ", "minutes"),
            texts("car.outside") + " [°C]": round(row["outside_temperature_c"], 1),
            texts("car.distance") + " [km]": round(row["distance_m"] / 1000, 1),
            "L/100 km": row["fuel_l_100km"],
            "kWh/100 km": None if row["energy_wh_km"] is None else round(row["energy_wh_km"] / 10, 1),
        }
