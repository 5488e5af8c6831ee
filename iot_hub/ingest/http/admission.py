"""The one bound on what the receivers hold in memory, whatever it waits for."""

from __future__ import annotations

from iot_hub.errors import OverloadedBodiesError


class Admission:
    """Counts the bytes of bodies from their headers to their answers.

    A body may wait to be read, unpacked, committed, spooled or put in quarantine: it is counted all the time.
    """

    def __init__(self, most_bytes: int) -> None:
        """Admit at most this many bytes in flight; half of them of one device, so that none shuts out the others."""
        self._most_bytes = most_bytes
        self._most_of_device = most_bytes // 2
        self._in_flight = 0
        self._of_device: dict[int, int] = {}

    def acquire(self, device_id: int, size: int) -> None:
        """Count bytes of a device. Raises OverloadedBodiesError where there is no room for them."""
        # A body alone always finds room: it would find none later either.
        in_flight, own = self._in_flight, self._of_device.get(device_id, 0)
        if (in_flight and in_flight + size > self._most_bytes) or (own and own + size > self._most_of_device):
            raise OverloadedBodiesError
        self._in_flight = in_flight + size
        self._of_device[device_id] = own + size

    def release(self, device_id: int, size: int) -> None:
        """Count bytes no longer: their request is answered."""
        self._in_flight -= size
        self._of_device[device_id] -= size
