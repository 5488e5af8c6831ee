"""Sensors: each queries the machine and makes readings of its output by a pure parser.

To add one: a module with its parser, tests, and its row in ``SENSORS``. What a machine does not have is
skipped silently.
"""

from iot_hub.agent.sensors import battery, gpsd, temperature, termux_commands
from iot_hub.agent.sensors.sensor import Sensor

SENSORS: tuple[Sensor, ...] = (*termux_commands.SENSORS, battery.SENSOR, temperature.SENSOR, gpsd.SENSOR)

__all__ = ["SENSORS", "Sensor"]
