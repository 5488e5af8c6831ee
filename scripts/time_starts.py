"""Times the README's commands on a fresh machine; ``fresh-machine`` runs it inside one, with nothing but Python."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

LONGEST_SECONDS = 1200
SETTLED_SECONDS = 30


def main(checkout: str) -> None:
    """Start the demo from nothing, then again, then the plain hub; print what it took."""
    for said, target in (
        ("make demo, from nothing to ready to store", "demo"),
        ("make demo again", "demo"),
        ("make up", "up"),
    ):
        with running(checkout, target) as seconds:
            print(f"  {said}: {seconds:.1f} s", flush=True)
            if target == "up":
                time.sleep(SETTLED_SECONDS)
                print(f"  memory of the idle hub (PSS, after {SETTLED_SECONDS} s): {memory() / 1e6:.0f} MB", flush=True)


@contextlib.contextmanager
def running(checkout: str, target: str) -> Iterator[float]:
    """Run a target of make around a block; give the seconds until the hub was ready."""
    port = free_port()
    began = time.monotonic()
    with subprocess.Popen(
        ["make", "--no-print-directory", "-C", checkout, target],
        env={**os.environ, "IOT_HUB_PORT": str(port)}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        os.set_blocking(process.stdout.fileno(), False)  # type: ignore[union-attr]
        try:
            while not answers(port):
                said = (process.stdout.read() or b"").decode()  # type: ignore[union-attr]
                sys.stdout.write("".join(f"    {line}\n" for line in said.splitlines() if line.strip()))
                sys.stdout.flush()
                if process.poll() is not None or time.monotonic() - began > LONGEST_SECONDS:
                    sys.exit(f"make {target} did not bring up a hub")
                time.sleep(0.05)
            yield time.monotonic() - began
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)


def answers(port: int) -> bool:
    """Return whether the hub says that it can store."""
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    return False


def memory() -> int:
    """Add up the memory of all processes but this one: on this machine there is nothing but the hub."""
    sizes = 0
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            rows = dict(line.split(":", 1) for line in (process / "smaps_rollup").read_text().splitlines()[1:])
            sizes += int(rows["Pss"].split()[0]) * 1024
    return sizes


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(sys.argv[1])
