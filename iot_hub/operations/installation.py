"""What this hub is installed from: its package, the packages beside it, Python, the owner's time zone."""

from __future__ import annotations

import sys
import sysconfig
import zoneinfo
from pathlib import Path

from iot_hub.operations.program_files import files_below

PACKAGE = Path(__file__).parents[1]


def files(time_zone: str) -> list[Path]:
    """Return the files whose replacement calls for a restart of every process that is the hub's own program."""
    # Of the packages beside it the lists of their files: an installer writes one with each version.
    beside = Path(sysconfig.get_path("purelib")).glob("*.dist-info/RECORD")
    zones = (Path(folder) / time_zone for folder in zoneinfo.TZPATH)
    return [Path(sys.executable).resolve(), *files_below(PACKAGE), *beside, *zones]
