"""``python -m attacks``: attacks the homes of simulated people, and reports."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time

from attacks.campaign import run
from attacks.report import report

WIDTH = 40


def main() -> int:
    """Run every attack; the exit status is 1 if one beat the hub."""
    arguments = _arguments()
    # So that the cluster is stopped, whoever ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _tell(0, arguments.people)
    outcomes = run(
        arguments.people,
        arguments.days,
        arguments.seed,
        lambda done: _tell(done, arguments.people),
        arguments.processes,
    )
    found = report(outcomes, arguments.days, arguments.seed)
    print(json.dumps(found.as_data()) if arguments.json else "\n" + found.as_text())
    return 0 if found.held else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m attacks", description=__doc__)
    parser.add_argument("--people", type=int, default=200, help="how many homes to look for")
    parser.add_argument("--days", type=int, default=14, help="how long they are watched")
    parser.add_argument("--seed", type=int, default=1, help="repeats an earlier run")
    parser.add_argument("--processes", type=int, default=2, help="how many hubs are attacked at a time")
    parser.add_argument("--json", action="store_true", help="print everything as JSON, every variant too")
    return parser.parse_args()


_STARTED = time.monotonic()


def _tell(done: int, people: int) -> None:
    minutes, seconds = divmod(int(time.monotonic() - _STARTED), 60)
    bar = "#" * (WIDTH * done // people)
    print(f"[{minutes:2}:{seconds:02}] {bar:.<{WIDTH}} {done} of {people} people", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
