"""A simulated home, which sends over MQTT what real devices would."""

from iot_hub.operations.demo.home.home import SimulatedHome, demo_home
from iot_hub.operations.demo.home.home_device import HomeDevice, HomeMessage
from iot_hub.operations.demo.home.publisher import Publisher

__all__ = ["HomeDevice", "HomeMessage", "Publisher", "SimulatedHome", "demo_home"]
