"""The file of the owner's own PIDs, as processes read it: once, at their start."""

from __future__ import annotations

import structlog

from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.sources.own_pids import NO_PIDS, OwnPids, checked_pids

log = structlog.get_logger()


def car_pids(settings: Settings) -> OwnPids:
    """Return the owner's own PIDs; none where there is no file. Raises UserError with the line that is wrong."""
    path = settings.car_pids
    if path is None:
        return NO_PIDS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} (IOT_HUB_CAR_PIDS) can't be read: {error.strerror}.") from error
    return checked_pids(content, path.name)


def usable_car_pids(settings: Settings) -> OwnPids:
    """Return the owner's own PIDs, or none where the file is wrong: a car's other values are stored all the same."""
    try:
        return car_pids(settings)
    except UserError as error:
        log.error("car_pids_refused", reason=str(error))
        return NO_PIDS
