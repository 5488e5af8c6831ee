"""Statistics of journeys, of a year and of ten, asked of the API."""

from __future__ import annotations

import datetime as dt
import statistics
import time
import urllib.request

from hub_under_test import owner, running_api, running_database
from measured import Measured
from progress import say
from report import Row, milliseconds
from statements import statement

DEVICES = 2
YEAR = dt.timedelta(days=365)
ENDPOINTS = ("statistics", "statistics/places", "statistics/countries", "statistics/trips", "statistics/streaks")
MOST_SECONDS = {1: 0.2, 10: 1.0}
NOTES = [
    "Statistics of journeys: two people's ten years, nine stays a day at some 170 places, a trip between any two; the"
    " API asked for the last year and for all ten, each kind again and again in turns, medians.",
]


def measure(*, quick: bool) -> Measured:
    """Generate ten years of journeys, and ask what they add up to."""
    years, repetitions = (2, 3) if quick else (10, 15)
    last = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with running_database() as settings:
        with owner(settings) as connection:
            say(f"{years} years of journeys …")
            connection.execute(statement("add_devices"), {"devices": DEVICES})
            connection.execute(statement("simulate_devices"))
            span = {"from": last - years * YEAR, "to": last}
            connection.execute(statement("generate_journeys"), {"devices": DEVICES, **span})
            connection.execute("VACUUM ANALYZE")
        with running_api(settings, "--demo") as api:
            asked = {
                (name, count): f"{api}/v1/{name}?from={(last - count * YEAR).date()}&to={last.date()}"
                for name in ENDPOINTS
                for count in MOST_SECONDS
            }
            say("asking for statistics …")
            rounds = [{key: _timed(url) for key, url in asked.items()} for _ in range(repetitions)]
    return Measured(
        [
            _row(f"{name} of {count} of {years} years", [each[name, count] for each in rounds], MOST_SECONDS[count])
            for name, count in asked
        ],
        NOTES,
    )


def _timed(url: str) -> float:
    started = time.perf_counter()
    with urllib.request.urlopen(url, timeout=60) as answer:
        answer.read()
    return time.perf_counter() - started


def _row(work: str, seconds: list[float], most: float) -> Row:
    median = statistics.median(seconds)
    return Row(work, milliseconds(median), reach=f"≤ {milliseconds(most)}", reached=median <= most)
