"""A simulated home, which sends over MQTT what real devices would."""

from iot_hub.operations.demo.home.delivery import HomeDelivery
from iot_hub.operations.demo.home.home import SimulatedHome, demo_home
from iot_hub.operations.demo.home.home_device import HomeDevice, HomeMessage

__all__ = ["HomeDelivery", "HomeDevice", "HomeMessage", "SimulatedHome", "demo_home"]
