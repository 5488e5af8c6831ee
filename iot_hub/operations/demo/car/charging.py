"""How a plugged-in car's battery fills: at full power, then less and less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

CAPACITY_WH = 12_000
INTERVAL = 60
POWER_W = 3_600
LEAST_POWER_W = 900
EFFICIENCY = 0.9
SLOWER_FROM = 0.95
"""Share of the capacity."""
FULL = 0.9995


class Charge(NamedTuple):
    """A moment of charging: seconds since its beginning, watts at the plug, watt hours added, and in the battery."""

    second: int
    power_W: float
    added_Wh: float
    stored_Wh: float


def charging(stored_Wh: float) -> Iterator[Charge]:
    """Yield the charging of a battery until it is full; the last moment is without power."""
    second, added = 0, 0.0
    while (share := (stored_Wh + added) / CAPACITY_WH) < FULL:
        less = max(share - SLOWER_FROM, 0) / (1 - SLOWER_FROM)
        power = POWER_W - less * (POWER_W - LEAST_POWER_W)
        yield Charge(second, power, added, stored_Wh + added)
        second += INTERVAL
        added += power * EFFICIENCY * INTERVAL / 3600
    yield Charge(second, 0.0, added, stored_Wh + added)
