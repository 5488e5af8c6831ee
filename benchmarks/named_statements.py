"""Every statement that the page and the API ask, in a hub of a million events and in one of ten years."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from generated import empty_database, publish
from hub_under_test import owner, running_database
from measured import Measured
from pairs import Ratio, ratio
from progress import say
from report import Row, milliseconds
from statements import statement

from iot_hub.dashboard.readings import MAX_POSITIONS, TRACK_GAP
from iot_hub.database import audiences
from iot_hub.database.audiences import Audience
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.privacy.share_links import ShareScope, add_share
from iot_hub.settings import Settings

DEVICES = 10
STEP = dt.timedelta(minutes=5)
PERIOD = dt.timedelta(days=28)
MOST_RATIO = 1.3
MOST_SECONDS = 0.050
LEAST_DIFFERENCE = 0.000_3
"""Seconds. Growth by less can't be distinguished from noise, whatever its ratio."""

DAY, WEEK, MONTH = dt.timedelta(days=1), dt.timedelta(days=7), dt.timedelta(days=30)
NOTES = [
    "Named statements: ten devices with an event every five minutes and a fix every quarter of an hour, all"
    " published, among 20 private areas; 28 days are rolled up, and repeated backwards to 13 periods (a year, a"
    " million events) and to 130 (ten years). Each statement as the dashboard and the API ask it, of the newest day,"
    " week and 30 days, as the owner, the public, and a share link without a beginning, and what the hub asks for the"
    " owner's other pages and for /metrics; rows fetched, warm connections, both databases in turns, medians. A"
    " difference of less than 0.3 ms counts as none.",
]

Values = Mapping[str, object]


@dataclass(frozen=True)
class Sizes:
    """Periods of the small and of the large history, and how often to ask."""

    small: int
    large: int
    repetitions: int


FULL = Sizes(small=13, large=130, repetitions=40)
QUICK = Sizes(small=2, large=20, repetitions=15)


def measure(*, quick: bool) -> Measured:
    """Ask each statement in both hubs, in turns."""
    sizes = QUICK if quick else FULL
    end = dt.datetime.now(dt.UTC).replace(minute=0, second=30, microsecond=0)
    with (
        running_database() as settings,
        _hub(settings, "small", end, sizes.small) as small,
        _hub(settings, "large", end, sizes.large) as large,
    ):
        rows = [
            _row(f"{name} ({audience})", found, sizes)
            for audience in ("owner", "public", "shared", "hub")
            for name, found in _compare(small, large, audience, end, sizes.repetitions)
        ]
    return Measured(rows, NOTES)


def _questions(end: dt.datetime) -> dict[str, list[Values]]:
    """Return each statement's parameters, as the pages and the API would give them."""
    until = end + STEP
    charts = {"device": 3, "zone": "UTC", "until": until}
    hourly = {"device_id": 3, "since": end - MONTH, "before": until, "limit": 10_000}
    track = {"device": 3, "until": until, "gap": TRACK_GAP, "most": MAX_POSITIONS}
    return {
        "dashboard_devices": [{}],
        "dashboard_newest_positions": [{}],
        "dashboard_events": [
            {**charts, "since": end - WEEK, "step": "hour"},
            {**charts, "since": end - MONTH, "step": "day"},
        ],
        "dashboard_metrics": [{**charts, "since": end - WEEK}],
        "dashboard_metric": [
            {**charts, "since": end - WEEK, "step": "hour", "metric": "battery.level"},
            {**charts, "since": end - MONTH, "step": "day", "metric": "battery.remaining_percent"},
        ],
        "dashboard_track": [{**track, "since": end - DAY}, {**track, "since": end - WEEK}],
        "listed_devices": [{"devices": None}, {"devices": [3]}],
        "listed_device": [{"device_id": 3}],
        "last_seen": [{"device_id": 3}],
        "newest_event": [{"device_id": 3, "at": end - STEP}],
        "newest_location": [{"device_id": 3}],
        "events_page": [
            {"device_id": 3, "since": end - WEEK, "before": until, "last_id": 0, "limit": 100},
            {"device_id": 3, "since": end - dt.timedelta(days=31), "before": until, "last_id": 0, "limit": 100},
        ],
        "track": [{"device_id": 3, "since": end - MONTH, "before": until, "limit": 10_000}],
        "hourly_count": [{**hourly, "metric": "events"}],
        "hourly_total": [{**hourly, "metric": "events"}],
        "hourly_band": [{**hourly, "metric": "battery.level"}],
        "hourly_metric": [{**hourly, "metric": "battery.temperature_C"}],
        "metrics_of_device": [{"device_id": 3}],
    }


HUBS: dict[str, Values] = {
    "devices_and_tokens": {},
    "list_areas": {},
    "area_suggestions": {"device": 3, "zone": "UTC"},
    "list_share_links": {},
    "first_arrival": {"device": 3, "source": None},
    "exposure": {},
    "metrics_state": {},
    "metrics_devices": {},
    "metrics_crossings": {},
}
"""What the hub itself asks for the owner's other pages and for /metrics."""


@dataclass(frozen=True)
class _Hub:
    settings: Settings
    link: str

    def audience(self, name: str) -> Audience:
        return {
            "owner": audiences.owner(self.settings),
            "public": audiences.public(self.settings),
            "shared": audiences.shared(self.settings, self.link),
            "hub": Audience("owner", owner_conninfo(self.settings, "iot-hub bench"), "public"),
        }[name]


@contextlib.contextmanager
def _hub(settings: Settings, name: str, end: dt.datetime, periods: int) -> Iterator[_Hub]:
    """Make a hub with a history of periods up to an instant."""
    with empty_database(settings, name) as own, owner(own) as connection:
        say(f"{name}: {periods} periods of {PERIOD.days} days …")
        start = end - PERIOD
        connection.execute(statement("make_partitions"), {"from": end - periods * PERIOD, "to": end})
        connection.execute(statement("add_devices"), {"devices": DEVICES})
        connection.execute(statement("add_areas"), {"areas": 20})
        connection.execute(statement("work_off_masking"))
        connection.execute(statement("generate_readings"), {"from": start, "to": end, "step": STEP, "devices": DEVICES})
        connection.execute(statement("refresh_hours"), {"from": start, "to": end})
        publish(own)
        # The settings of the copies' statement, which takes no parameters.
        connection.execute("SELECT set_config('synchronous_commit', 'off', false)")
        connection.execute("SELECT set_config('bench.period', %s, false)", [f"{PERIOD.days} days"])
        connection.execute("SELECT set_config('bench.copies', %s, false)", [str(periods - 1)])
        if periods > 1:
            connection.execute(statement("repeat_backwards"))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        link = add_share(connection, "bench", ShareScope(devices=["1", "2", "3"], measurements=True), dt.timedelta(30))
        yield _Hub(own, link.token)


def _compare(
    small: _Hub, large: _Hub, audience: str, end: dt.datetime, repetitions: int
) -> Iterator[tuple[str, Ratio]]:
    say(f"asking as {audience} …")
    asked = [(name, values) for name, all_values in _questions(end).items() for values in all_values]
    if audience == "shared":  # Whom the API does not know.
        asked = [(name, values) for name, values in asked if name.startswith("dashboard_")]
    if audience == "hub":
        asked = list(HUBS.items())
    with _asking(small.audience(audience)) as in_small, _asking(large.audience(audience)) as in_large:
        for name, values in asked:
            pairs = [(in_large(name, values), in_small(name, values)) for _ in range(repetitions)]
            warm = pairs[repetitions // 4 :]
            yield _named(name, values, end), ratio([ours for ours, _ in warm], [small for _, small in warm])


@contextlib.contextmanager
def _asking(audience: Audience) -> Iterator[Callable[[str, Values], float]]:
    with connect(audience.conninfo) as connection:

        def ask(name: str, values: Values) -> float:
            with connection.transaction():
                if audience.share_token:
                    connection.execute(query("use_share_token"), {"token": audience.share_token})
                started = time.perf_counter()
                connection.execute(query(name), values or None).fetchall()
                return time.perf_counter() - started

        yield ask


def _named(name: str, values: Values, end: dt.datetime) -> str:
    since = values.get("since")
    if isinstance(since, dt.datetime):
        return f"{name} of {(end - since).days} d"
    return f"{name} of all" if since else name


def _row(work: str, found: Ratio, sizes: Sizes) -> Row:
    grows = found.median > MOST_RATIO and found.ours - found.baseline > LEAST_DIFFERENCE
    return Row(
        f"{work}, {sizes.large} periods against {sizes.small}",
        milliseconds(found.ours),
        milliseconds(found.baseline),
        f"{found.median:.2f}",
        f"≤ {MOST_RATIO:g}, ≤ {milliseconds(MOST_SECONDS)}",
        not grows and found.ours <= MOST_SECONDS,
    )
