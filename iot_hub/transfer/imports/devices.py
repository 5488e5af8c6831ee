"""Whose the events of an import are: the device that its owner names, or those that a hub's export names."""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow

from iot_hub.access.devices import add_device, find_device
from iot_hub.errors import UserError
from iot_hub.event import Event
from iot_hub.transfer.imports.record import OwnEvent

Connection = psycopg.Connection[DictRow]

NOT_ADDED = 0
"""No device has this id: it stands for one that a dry run would have added."""


class Devices:
    """Finds devices by their names, and adds those that are missing where it was asked to."""

    def __init__(self, connection: Connection, named: str | None, add_type: str | None, *, is_dry_run: bool) -> None:
        """Assign everything to the device that was named, if one was. Raises UserError where it does not exist."""
        self._connection = connection
        self._add_type = add_type
        self._is_dry_run = is_dry_run
        self._ids: dict[str, int] = {}
        self.only = None if named is None else self._id_of(named)

    def id_of(self, event: Event) -> int:
        """Return the id of an event's device. Raises UserError where neither the file nor its owner names it."""
        if self.only is not None:
            return self.only
        if not isinstance(event, OwnEvent) or event.device is None:
            raise UserError("Say whose readings these are: --device NAME_OR_ID ('iot-hub device list' shows all).")
        name = str(event.device)
        known = self._ids.get(name)
        return self._id_of(name) if known is None else known

    def _id_of(self, name: str) -> int:
        try:
            found = find_device(self._connection, name)
        except UserError:
            found = self._add(name)
        self._ids[name] = found
        return found

    def _add(self, name: str) -> int:
        if self._add_type is None:
            raise UserError(
                f"There is no device {name!r}. Add it with 'iot-hub device add', or here with --add-device smartphone."
            )
        if self._is_dry_run:
            return NOT_ADDED
        return add_device(self._connection, name, self._add_type)[0]
