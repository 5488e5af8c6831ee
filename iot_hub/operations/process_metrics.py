"""Metrics of the processes that ``iot-hub up`` runs: up, restarts, memory."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from iot_hub.metrics.families import registry_of
from iot_hub.metrics.role_files import write_role
from iot_hub.operations.supervisor import Supervisor, children_of

WRITE_SECONDS = 15
SETTLE_SECONDS = 1
"""Processes start together, and use little memory at first."""


async def measure_processes(supervisor: Supervisor, home: Path) -> None:
    """Write a file for ``/metrics`` regularly, and when a process starts or ends, until cancelled."""
    while True:
        await asyncio.to_thread(write_role, home, "up", _registry(supervisor))
        await supervisor.wait_for_change(WRITE_SECONDS)
        await asyncio.sleep(SETTLE_SECONDS)


def _registry(supervisor: Supervisor) -> CollectorRegistry:
    up = GaugeMetricFamily("iot_hub_role_up", "Whether a process of the hub is running.", labels=["role"])
    restarts = CounterMetricFamily(
        "iot_hub_role_restarts", "Number of automatic restarts of a process.", labels=["role"]
    )
    memory = GaugeMetricFamily(
        "iot_hub_role_memory_bytes",
        "Memory (PSS) of a process and its children: pages that several share are divided among them.",
        labels=["role"],
    )
    for role, state in supervisor.states().items():
        up.add_metric([role], float(state.pid is not None))
        restarts.add_metric([role], state.restarts)
        if state.pid is not None:
            memory.add_metric([role], memory_of(state.pid))
    return registry_of([up, restarts, memory])


def memory_of(pid: int) -> int:
    """Return the memory (PSS, bytes) of a process and its children."""
    return sum(map(_memory, _with_children(pid)))


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        found += children_of(parent)
    return found


def _memory(pid: int) -> int:
    with contextlib.suppress(OSError):  # It has ended, or belongs to another user.
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
