"""Simulated devices: phones that travel real GPS tracks, a home sensor and a car.

A device's readings depend only on its seed, its owner's zone and the time: history and present join
seamlessly, and after a restart the hub recognises duplicates. ``demo_devices`` creates the demo's
devices, ``run`` sends their readings to a hub.
"""

from iot_hub.operations.demo.delivery import Receipt
from iot_hub.operations.demo.device import Reading, SimulatedDevice
from iot_hub.operations.demo.fleet import demo_devices
from iot_hub.operations.demo.sending import run

__all__ = ["Reading", "Receipt", "SimulatedDevice", "demo_devices", "run"]
