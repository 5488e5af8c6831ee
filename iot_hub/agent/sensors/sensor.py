"""A sensor: what can be read on this machine, how often, and with which options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iot_hub.agent.reading import Reading

Options = Mapping[str, Any]
"""``timeout`` (seconds), and what the sensor has besides."""


@dataclass(frozen=True)
class Sensor:
    """One row of the table of sensors."""

    name: str
    summary: str
    every: float
    """Seconds from one reading to the next."""
    is_there: Callable[[Options], bool]
    """Checked each time, so what is plugged in later is found."""
    read: Callable[[Options], Sequence[Reading]]
    """Raises SensorError, and Stopped."""
    options: Options = field(default_factory=lambda: {"timeout": 10.0})
