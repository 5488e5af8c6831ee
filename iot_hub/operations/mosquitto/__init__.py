"""The hub's own broker: Mosquitto, private to the hub and its devices."""

from iot_hub.operations.mosquitto.program import answers, command, files, program, public_port, taken_port, write

__all__ = ["answers", "command", "files", "program", "public_port", "taken_port", "write"]
