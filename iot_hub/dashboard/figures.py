"""The pictures, as a table: what each shows and where its numbers come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A picture of one measurement, hour by hour.

    The statement gives the columns; one column is drawn as bars, three (lowest, average, highest)
    as a band with a line. Titles and explanations are the texts ``figure.<key>.*``.
    """

    key: str
    statement: str
    columns: tuple[str, ...]
    unit: str
    decimals: int
    from_zero: bool = False
    limits: tuple[float, float] | None = None
    height: int = 220

    @property
    def is_band(self) -> bool:
        """Whether it is drawn as a band with a line, and not as bars."""
        return len(self.columns) == 3


def _band(key: str, statement: str, unit: str, decimals: int, **rest: object) -> Figure:
    columns = (f"{key}_min", f"{key}_avg", f"{key}_max")
    return Figure(key, statement, columns, unit, decimals, **rest)  # type: ignore[arg-type]


EVENTS = Figure("events", "dashboard_events", ("events",), "", 0, from_zero=True, height=340)

FIGURES = (
    EVENTS,
    _band("level", "dashboard_battery", "%", 0, limits=(0, 100)),
    _band("altitude", "dashboard_altitude", "m", 0),
    _band("temperature", "dashboard_battery", "°C", 1),
    _band("current", "dashboard_battery", "mA", 0, from_zero=True),
)
