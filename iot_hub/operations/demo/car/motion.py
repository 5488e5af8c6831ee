"""What a car does at an instant, whatever drives it."""

from __future__ import annotations

from typing import NamedTuple

from iot_hub.operations.demo.car.road import Where


class Motion(NamedTuple):
    """What a car does at an instant: metres driven, where it is, its direction, m/s, m/s², the slope, the limit."""

    distance: float
    where: Where
    bearing: float
    speed: float
    acceleration: float
    slope: float
    limit: float
