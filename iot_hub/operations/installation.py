"""The files that the hub runs from: its package, its dependencies, Python, the owner's time zone."""

from __future__ import annotations

import sys
import sysconfig
import zoneinfo
from pathlib import Path

from iot_hub.operations.program_files import files_below

PACKAGE = Path(__file__).parents[1]


def files(time_zone: str) -> list[Path]:
    """Return the files whose replacement requires a restart of the hub's Python processes."""
    # Of each dependency only its RECORD: an installer writes it with each version.
    dependencies = Path(sysconfig.get_path("purelib")).glob("*.dist-info/RECORD")
    zones = (Path(folder) / time_zone for folder in zoneinfo.TZPATH)
    return [Path(sys.executable).resolve(), *files_below(PACKAGE), *dependencies, *zones]
