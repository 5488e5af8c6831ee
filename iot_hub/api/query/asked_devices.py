"""The parameter ``device`` of a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from iot_hub.api.query.access import Access
from iot_hub.api.query.errors import UnknownDeviceError

Devices = Annotated[
    list[Annotated[int, Query(ge=0, le=2**31 - 1)]] | None,
    Query(description="A device's number; repeatable. Default: all.", max_length=1_000),
]


def asked_devices(granted: Access, devices: list[int] | None) -> list[int] | None:
    """Return the devices to read; None for all. Raises UnknownDeviceError for one that is not granted."""
    if devices is None:
        return granted.device_list
    for device in devices:
        if not granted.grants(device):
            raise UnknownDeviceError(f"There is no device {device}. GET /v1/devices lists the devices.")
    return devices
