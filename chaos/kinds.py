"""The kinds of fault that a campaign draws from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from chaos import clock_faults, faults, storage_faults
from chaos.faults import World


@dataclass(frozen=True)
class Kind:
    """A kind of fault. Two of one ``touches`` are never injected at once."""

    name: str
    touches: str
    inject: Callable[[World, Random], None]


KINDS: Mapping[str, Kind] = {
    function.__name__: Kind(function.__name__, touches, function)
    for touches, functions in {
        "api": (faults.api_killed, faults.api_restarted),
        "worker": (faults.worker_killed,),
        "nginx": (faults.nginx_killed, faults.nginx_worker_killed),
        "database": (
            faults.database_killed, faults.postmaster_killed, faults.backend_killed, faults.database_stopped,
            faults.database_restarted,
        ),
        "receiver": (
            faults.commits_cut, faults.database_unreachable, faults.database_silent,
            faults.receiver_killed_while_spooling, faults.spool_disk_full,
        ),
        "clients": (faults.clients_cut,),
        "clock": (clock_faults.device_clock_jumped, clock_faults.hub_clock_jumped),
        "storage": (
            storage_faults.object_store_down, storage_faults.object_store_slow, storage_faults.object_store_lying,
        ),
    }.items()
    for function in functions
}  # fmt: skip
