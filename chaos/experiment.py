"""One experiment on a hub of its own: what its runs share, whatever they try."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from chaos.hub import Hub
from chaos.process_table import resident_bytes
from chaos.world import new_home, running_hub
from iot_hub.access.devices import add_device
from iot_hub.database.connections import connect, owner_conninfo


@dataclass
class Findings:
    """What came of an experiment; memory is the API's, in bytes (PSS)."""

    memory_before: int = 0
    memory_after: int = 0
    violations: list[str] = field(default_factory=list)


def conduct(experiment: Callable[[Hub], Findings]) -> int:
    """Start a hub, experiment, and print what was found; give the exit status, 1 if a promise was broken."""
    home = new_home()
    with running_hub(home) as hub:
        found = experiment(hub)
    print(json.dumps(asdict(found)))
    if found.violations:
        return 1  # With the hub's state left to look at.
    shutil.rmtree(home, ignore_errors=True)
    return 0


def new_phone(hub: Hub, name: str) -> tuple[int, str]:
    """Add a phone; give its device's id and its token."""
    with connect(owner_conninfo(hub.settings, "iot-hub chaos")) as connection:
        return add_device(connection, name, "smartphone")


def api_memory(hub: Hub) -> int:
    """Return the API's memory in bytes."""
    return resident_bytes(hub.leader("api").pid)
