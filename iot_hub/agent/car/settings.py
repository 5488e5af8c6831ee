"""The table ``[obd]`` of the agent's configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iot_hub.agent.car.line import checked_adapter
from iot_hub.agent.errors import AgentError
from iot_hub.agent.tables import Table, checked

OBD: Table = {
    "adapter": "",
    "every": 1.0,
    "slow_every": 30.0,
    "parked_every": 60.0,
    "running_volts": 13.2,
    "ask_parked": False,
    "vin": False,
    "baud": 0,
    "protocol": "0",
    "timeout": 5.0,
}
MIN_PARKED_SECONDS = 5
_PROTOCOL = re.compile(r"A?[0-9A-C]")


@dataclass(frozen=True)
class CarSettings:
    """How a car is read."""

    adapter: str
    every: float
    """Seconds from one round to the next; 0: as fast as the adapter can."""
    slow_every: float
    """Seconds between two values that change slowly."""
    parked_every: float
    """Seconds from one look at a parked car's voltage to the next."""
    running_volts: float
    """From this voltage on the engine or the charger runs; twice as much in a car of 24 V."""
    ask_parked: bool
    """Whether the car is asked at each look, whatever its voltage."""
    vin: bool
    """Whether the car's identification number is sent."""
    baud: int
    protocol: str
    timeout: float


def car_settings(table: object) -> CarSettings | None:
    """Read the table; None where no adapter is named. Raises AgentError for a mistake."""
    values = checked("obd.", table, OBD)
    if not values["adapter"]:
        return None
    if values["parked_every"] < MIN_PARKED_SECONDS:
        raise AgentError(
            f"obd.parked_every must be {MIN_PARKED_SECONDS} seconds at least: it runs off the car's battery."
        )
    if values["timeout"] < 1:
        raise AgentError("obd.timeout must be 1 second at least.")
    protocol = values["protocol"].upper()
    if not _PROTOCOL.fullmatch(protocol):
        raise AgentError('obd.protocol must be "0", which finds it, or one of the ELM327\'s, "1" to "C".')
    return CarSettings(**{**values, "adapter": checked_adapter(values["adapter"]), "protocol": protocol})
