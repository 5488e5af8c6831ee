"""Writes tests/slow.txt, the tests that ``make check`` leaves out for their length, from what pytest measured.

.venv/bin/pytest -n2 -m "not (hub or browser)" --durations 0 --durations-min 0.005 | scripts/list_slow_tests.py
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

MAX_SECONDS = 0.2
FILE = Path(__file__).parent.parent / "tests" / "slow.txt"
_DURATION = re.compile(r"^([\d.]+)s (?:setup|call|teardown) +(\S+?\.py::\w+(?:::\w+)?)(.*)$")


def main() -> None:
    """Add up set-up, call and teardown of each test; list those of which a case takes longer than the limit."""
    seconds: Counter[tuple[str, str]] = Counter()
    for line in sys.stdin:
        if found := _DURATION.match(line):
            seconds[found[2], found[3].strip()] += float(found[1])
    slow = sorted({test for (test, _), taken in seconds.items() if taken > MAX_SECONDS})
    FILE.write_text("".join(f"{test}\n" for test in slow), encoding="utf-8")
    print(f"{len(slow)} tests take over {MAX_SECONDS} s")


if __name__ == "__main__":
    main()
