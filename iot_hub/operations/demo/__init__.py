"""Simulated devices: phones that travel real GPS tracks, and a home sensor.

A device's readings follow from its seed, its owner's zone and the time alone: history and present
join without a seam, and after a restart the hub recognises what it has already. ``demo_devices``
makes the demo's devices, ``run`` lets devices send to a hub.
"""

from iot_hub.operations.demo.delivery import Receipt
from iot_hub.operations.demo.device import Reading, SimulatedDevice
from iot_hub.operations.demo.fleet import demo_devices
from iot_hub.operations.demo.sending import run

__all__ = ["Reading", "Receipt", "SimulatedDevice", "demo_devices", "run"]
