"""``python -m iot_hub`` is ``iot-hub``: how the hub starts its own roles."""

from iot_hub.entry import main

main()
