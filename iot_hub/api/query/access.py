"""What a request may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request

from iot_hub.api.query.errors import OwnerOnlyError

View = Literal["owner", "published"]

KEY = "iot_hub.access"
"""Where the middleware stores it in a request's scope."""


@dataclass(frozen=True)
class Access:
    """A view, and the granted devices in it."""

    view: View
    devices: frozenset[int] | None = None
    """None: all devices in the view."""

    def grants(self, device_id: int) -> bool:
        """Return whether a device is granted, provided that the view has it."""
        return self.devices is None or device_id in self.devices

    @property
    def device_list(self) -> list[int] | None:
        """The granted devices as a parameter of statements."""
        return None if self.devices is None else sorted(self.devices)


EVERYTHING = Access("owner")
"""The owner's."""
PUBLIC = Access("published")
"""Everyone's, if the owner has made the hub public."""


def _access_of(request: Request) -> Access:
    access: Access = request.scope[KEY]
    return access


Granted = Annotated[Access, Depends(_access_of)]


def _owners_access(granted: Granted) -> Access:
    if granted.view != "owner":
        raise OwnerOnlyError
    return granted


OwnerGranted = Annotated[Access, Depends(_owners_access)]
"""The same where nothing is published of it."""


def _access_to_all(granted: OwnerGranted) -> Access:
    if granted.devices is not None:
        raise OwnerOnlyError
    return granted


AllGranted = Annotated[Access, Depends(_access_to_all)]
"""The same of what belongs to no device, or says where all of them are: a reader of some devices has no right to it."""
