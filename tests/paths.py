"""Where things are in the project's folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "fixtures"


def memory_folder() -> str | None:
    """Return a folder in memory for what a test throws away, where there is room; None: the usual one."""
    folder = "/dev/shm"
    is_roomy = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 4 << 30
    return folder if is_roomy else None
