"""What a run found: rows for the terminal, and for ``results.md``."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pairs import Ratio

RESULTS = Path(__file__).parent / "results.md"
HEADINGS = ("work", "ours", "baseline", "ratio (least to most)", "reach", "reached")


@dataclass(frozen=True)
class Row:
    """One row of the table. ``reached`` is None where no figure is to be reached."""

    work: str
    ours: str
    baseline: str = "–"
    ratio: str = "–"
    reach: str = "–"
    reached: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of the headings."""
        verdict = "–" if self.reached is None else "yes" if self.reached else "NO"
        return (self.work, self.ours, self.baseline, self.ratio, self.reach, verdict)


def at_least(work: str, found: Ratio, write: Callable[[float], str], least: float | None) -> Row:
    """Make the row of a ratio that should be large."""
    reach, reached = ("–", None) if least is None else (f"≥ {least:g}", found.median >= least)
    return Row(work, write(found.ours), write(found.baseline), _write_ratio(found), reach, reached)


def at_most(work: str, found: Ratio, write: Callable[[float], str], most: float) -> Row:
    """Make the row of a ratio that should be small."""
    reached = found.median <= most
    return Row(work, write(found.ours), write(found.baseline), _write_ratio(found), f"≤ {most:g}", reached)


def per_second(what: str) -> Callable[[float], str]:
    """Format a rate per second."""
    return lambda rate: f"{rate:,.0f} {what}/s"


def milliseconds(seconds: float) -> str:
    """Write seconds as milliseconds."""
    return f"{seconds * 1000:.2f} ms"


def _write_ratio(found: Ratio) -> str:
    digits = 1 if found.median >= 10 else 2
    return f"{found.median:.{digits}f} ({found.least:.{digits}f} to {found.most:.{digits}f})"


def terminal_table(rows: Sequence[Row]) -> str:
    """Lay the rows out in columns."""
    lines = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def markdown(rows: Sequence[Row], notes: Sequence[str], durations: dict[str, float]) -> str:
    """Write the whole report."""
    table = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells for row in rows)]
    parts = [
        "# Benchmark results",
        "Written by `make bench`. Each pair of figures was measured in one run on one machine, in turns;"
        " ratios are medians over the pairs, with the least and the most.",
        *(f"- {fact}" for fact in _machine()),
        "",
        "\n".join(f"| {' | '.join(line)} |" for line in table),
        "",
        "## How each was measured",
        *(f"- {note}" for note in notes),
        "",
        "Durations: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in durations.items()) + ".",
        "",
    ]
    return "\n".join(parts)


def _machine() -> list[str]:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    load = os.getloadavg()[0]
    return [
        f"Date: {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        f"Machine: {os.cpu_count()} cores ({_processor()}), {memory:.1f} GB, Linux {platform.release()}",
        f"Load average at the end: {load:.1f}",
        f"{_told('postgres --version')}, Python {platform.python_version()}",
    ]


def _commit() -> str:
    changed = " with uncommitted changes" if _told("git status --porcelain --untracked-files=no") else ""
    return (_told("git rev-parse --short HEAD") or "unknown") + changed


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _told(command: str) -> str:
    from iot_hub.database.binaries import find_binaries

    program, *arguments = command.split()
    path = find_binaries()[program] if program == "postgres" else program
    done = subprocess.run([path, *arguments], capture_output=True, text=True, cwd=RESULTS.parent)
    return done.stdout.strip() if done.returncode == 0 else ""
