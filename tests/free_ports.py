"""Ports for what a test starts: none that another test, or the system for an outgoing connection, takes meanwhile."""

from __future__ import annotations

import itertools
import os
import socket

# Below the range that Linux gives to whoever asks for any (ip(7), ip_local_port_range), a stretch for each worker.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
_FIRST = 20_000 + 1_500 * _WORKER
# Two runs of the tests on one machine begin elsewhere.
_ports = itertools.islice(itertools.cycle(range(_FIRST, _FIRST + 1_500)), os.getpid() * 7 % 1_500, None)


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens, each another one."""
    return list(itertools.islice(filter(_is_free, _ports), count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
