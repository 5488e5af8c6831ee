"""A simulated car, a plug-in hybrid: what a reader on its diagnostic socket would report."""

from iot_hub.operations.demo.car.car import Car, demo_car

__all__ = ["Car", "demo_car"]
