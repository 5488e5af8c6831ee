"""A short campaign of faults against the real hub; ``make chaos`` runs the long one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import ROOT

from chaos.clock import Clock
from chaos.hub import ANY_KEY
from chaos.kinds import KINDS
from chaos.storage import Mode, running_storage
from iot_hub.archive.object_store import ObjectStoreError, object_store
from iot_hub.errors import SpoolFullError
from iot_hub.ingest.spool import Record, Spool
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.slow]

FAULTS = len(KINDS)
"""One of each kind, in random company."""
SEED = 20251123
PAUSE = 0.1
"""A fifth of the long campaign's rate. More events take processor time, and meet no other fault."""


@pytest.mark.timeout(400)
def test_a_campaign_of_faults_breaks_no_promise() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chaos", "--faults", str(FAULTS), "--seed", str(SEED), "--pause", str(PAUSE), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=380,
    )  # fmt: skip
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["violations"] == [], done.stderr
    assert (report["injected"], report["survived"]) == (FAULTS, FAULTS)
    assert set(report["lines"]) == set(KINDS)
    assert report["events"] > 5_000
    assert report["spooled"] > 0


def test_a_jump_of_the_clock_reaches_a_running_process_and_leaves_its_monotonic_clock_true(tmp_path: Path) -> None:
    program = "import time\nwhile input(): print(time.time(), time.monotonic(), flush=True)"
    clock = Clock(tmp_path / "clock")
    environment = {**os.environ, **clock.environment}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout

        def errors() -> list[float]:
            assert process.stdin and process.stdout
            process.stdin.write("?\n")
            process.stdin.flush()
            wall, monotonic = map(float, process.stdout.readline().split())
            return [round(wall - time.time()), round(monotonic - time.monotonic())]

        assert errors() == [0, 0]
        with clock.jumped(400 * 86_400):
            assert errors() == [400 * 86_400, 0]
        assert errors() == [0, 0]
        process.stdin.close()
        process.wait()


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("refuse", "failed at"),
        ("truncate", "holds 50 of its 100 bytes"),
        ("forget", "has no "),
    ],
)
def test_a_broken_storage_is_noticed_and_whole_again_afterwards(tmp_path: Path, mode: Mode, said: str) -> None:
    with running_storage("hub") as storage:
        settings = Settings(
            home=tmp_path, s3_endpoint=storage.endpoint, s3_bucket="hub", s3_access_key=ANY_KEY, s3_secret_key=ANY_KEY
        )
        store = object_store(settings)
        with storage.broken(mode), pytest.raises(ObjectStoreError, match=said):
            store.put("raw/one", bytes(100))
        assert storage.harmed > 0
        store.put("raw/one", bytes(100))
        assert store.get("raw/one") == bytes(100)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "iot-hub-test", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.mark.parametrize("record_bytes", [300, 8_000])
def test_a_spool_that_has_filled_its_disk_can_be_emptied(small_disk: Path, record_bytes: int) -> None:
    async def fill_and_empty() -> tuple[int, int]:
        spool = Spool(small_disk / "spool.sqlite", 50_000_000)
        await spool.open()
        filled = emptied = 0
        with pytest.raises(SpoolFullError):
            while True:
                await spool.append(Record("events", 1, bytes(record_bytes)))
                filled += 1
        while records := await spool.peek(2_000):
            await spool.remove(records)
            emptied += len(records)
        await spool.close()
        return filled, emptied

    filled, emptied = asyncio.run(fill_and_empty())
    assert 0 < filled == emptied
