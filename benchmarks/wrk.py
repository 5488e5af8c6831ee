"""wrk, the load generator, as a function."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from iot_hub.errors import UserError

FIRST_BETA_EVENTS = Path(__file__).parent / "single_events.lua"
APP_EVENTS = Path(__file__).parent / "app_events.lua"


class Summary(msgspec.Struct):
    """What the script prints when wrk has finished."""

    answers: int
    refused: int
    broken: int
    microseconds: int
    p50: float


@dataclass(frozen=True)
class Load:
    """What a run of wrk did: answers with status 200, how many a second, and the median wait."""

    answers: int
    rate: float
    p50_seconds: float


def post_events(
    url: str, *, connections: int, seconds: int, environment: Mapping[str, str], script: Path = FIRST_BETA_EVENTS
) -> Load:
    """Post events for some seconds. Raises RuntimeError when an answer was not a 2xx or none came."""
    program = shutil.which("wrk")
    if not program:
        raise UserError("wrk is not installed. Run 'make bench', or: sudo apt-get install wrk")
    done = subprocess.run(
        [program, "--threads", "1", "--connections", str(connections), "--duration", str(seconds),
         "--timeout", "20s", "--script", str(script), url],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    summary = msgspec.json.decode(done.stdout.splitlines()[-1], type=Summary)
    if summary.refused or summary.broken or not summary.answers:
        raise RuntimeError(
            f"{url}: of {summary.answers} answers {summary.refused} were no 2xx, {summary.broken} broke off"
        )
    return Load(summary.answers, summary.answers / summary.microseconds * 1e6, summary.p50 / 1e6)
