"""The doctor's look at time and memory, of this very machine."""

from __future__ import annotations

import ctypes
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from doctor_world import finding, hub_settings, look
from paths import ROOT

from iot_hub.operations.doctor import time_checks
from iot_hub.operations.doctor.machine_checks import control_group, left_in_group
from iot_hub.settings import Settings

__all__ = ["hub_settings"]


def test_the_disk_of_the_state_folder_tells_this_machines_time(hub_settings: Settings) -> None:
    assert finding(hub_settings, "disk clock")[0] == "ok"
    assert time_checks.seconds_apart(hub_settings.home) < 1
    assert sorted(path.name for path in hub_settings.home.iterdir()) == ["secrets"]


def test_a_disk_whose_clock_is_wrong_is_a_problem(hub_settings: Settings) -> None:
    # A program whose clock is an hour ahead sees its disk an hour behind.
    [library] = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    script = (
        "import json, sys; from pathlib import Path; from iot_hub.settings import Settings;"
        "from iot_hub.operations.doctor.finding import DiagnosticContext; from iot_hub.operations.doctor.time_checks import disk_clock;"
        f"found = disk_clock(DiagnosticContext(Settings(home=Path({str(hub_settings.home)!r})), None));"
        "print(found.state, found.message, found.advice)"
    )
    environment = {**os.environ, "LD_PRELOAD": str(library), "FAKETIME": "+1h", "NO_FAKE_STAT": "1"}
    told = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True,
        cwd=ROOT,
    ).stdout  # fmt: skip
    assert told.startswith("problem") and "differ by 60 minutes" in told and "NTP" in told


def test_whether_a_time_service_is_at_work_is_the_kernels_word(hub_settings: Settings) -> None:
    class Fresh(ctypes.Structure):
        _fields_ = (("head", ctypes.c_byte * 40), ("status", ctypes.c_int), ("rest", ctypes.c_byte * 256))

    told = Fresh()
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(told))
    expected = "ok" if state < 0 or not told.status & 0x40 else "warning"
    found = look(hub_settings, "time")
    assert found.state == expected
    assert ("timedatectl set-ntp true" in found.advice) == (expected == "warning")


def test_a_containers_limit_counts_as_its_memory(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("500000000\n")
    (tmp_path / "memory.current").write_text("450000000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 100000000\nactive_file 7\n")
    assert left_in_group(tmp_path) == 150_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert left_in_group(tmp_path) == math.inf
    assert left_in_group(tmp_path / "none") == math.inf


def test_memory_of_this_machine_is_judged(hub_settings: Settings) -> None:
    assert left_in_group(control_group()) > 0
    assert "of memory are available" in look(hub_settings, "memory").message


@pytest.mark.parametrize("there", [True, False])
def test_where_there_is_no_state_folder_none_is_made(hub_settings: Settings, tmp_path: Path, there: bool) -> None:
    home = hub_settings.home if there else tmp_path / "none"
    assert finding(hub_settings, "disk clock", home=home)[0] == "ok"
    assert home.exists() == there
