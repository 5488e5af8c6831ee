"""A short campaign of faults against the real hub; ``make chaos`` runs the long one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from iot_hub.errors import SpoolFullError
from iot_hub.spool import Entry, Spool

ROOT = Path(__file__).parent.parent
FAULTS = 32
SEED = 20251123


@pytest.mark.timeout(400)
def test_a_campaign_of_faults_breaks_no_promise() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chaos", "--faults", str(FAULTS), "--seed", str(SEED), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=380,
    )  # fmt: skip
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["violations"] == [], done.stderr
    assert (report["injected"], report["survived"]) == (FAULTS, FAULTS)
    assert len(report["lines"]) >= 16
    assert report["events"] > 5_000
    assert report["spooled"] > 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "iot-hub-test", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.mark.parametrize("entry_bytes", [300, 8_000])
def test_a_spool_that_has_filled_its_disk_can_be_emptied(small_disk: Path, entry_bytes: int) -> None:
    async def fill_and_empty() -> tuple[int, int]:
        spool = Spool(small_disk / "spool.sqlite", 50_000_000)
        await spool.open()
        filled = emptied = 0
        with pytest.raises(SpoolFullError):
            while True:
                await spool.append(Entry("events", 1, bytes(entry_bytes)))
                filled += 1
        while entries := await spool.oldest(2_000):
            await spool.remove(entries)
            emptied += len(entries)
        await spool.close()
        return filled, emptied

    filled, emptied = asyncio.run(fill_and_empty())
    assert 0 < filled == emptied
