"""``make bench``: measures the figures that the hub is to reach, and writes ``results.md``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import agent
import apps
import archive
import batches
import draining
import drives
import imports
import journey_statistics
import journeys
import map_history
import masking
import memory
import mqtt
import mqtt_home
import mqtt_messages
import named_statements
import obd_agent
import page
import published_map
import recomputation
import refresh
import single_events
import start_time
from measured import Measured
from progress import say
from report import RESULTS, Row, markdown, terminal_table

from iot_hub.errors import HubError

BENCHMARKS: dict[str, Callable[..., Measured]] = {
    "single_events": single_events.measure,
    "batches": batches.measure,
    "apps": apps.measure,
    "draining": draining.measure,
    "mqtt": mqtt.measure,
    "mqtt_home": mqtt_home.measure,
    "imports": imports.measure,
    "mqtt_messages": mqtt_messages.measure,
    "refresh": refresh.measure,
    "recomputation": recomputation.measure,
    "journeys": journeys.measure,
    "drives": drives.measure,
    "journey_statistics": journey_statistics.measure,
    "map_history": map_history.measure,
    "archive": archive.measure,
    "published_map": published_map.measure,
    "masking": masking.measure,
    "named_statements": named_statements.measure,
    "memory": memory.measure,
    "page": page.measure,
    "agent": agent.measure,
    "obd_agent": obd_agent.measure,
    "start_time": start_time.measure,
}


def main() -> None:
    """Measure what was asked for, print the table, write it down."""
    asked = _arguments()
    rows: list[Row] = []
    notes: list[str] = []
    durations: dict[str, float] = {}
    for name in asked.only or BENCHMARKS:
        say(f"{name} …")
        started = time.monotonic()
        measured = BENCHMARKS[name](quick=asked.quick)
        durations[name] = time.monotonic() - started
        rows += measured.rows
        notes += measured.notes
        print(terminal_table(measured.rows), flush=True)
    print("\n" + terminal_table(rows))
    if not asked.quick and not asked.only:
        RESULTS.write_text(markdown(rows, notes, durations), encoding="utf-8")
        say(f"written to {RESULTS}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all runs; no results.md")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except HubError as error:
        sys.exit(f"bench: {error}")
