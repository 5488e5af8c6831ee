"""What apps send, through their own endpoints, against the same meaning sent to ``/v1/events``."""

from __future__ import annotations

import functools
import http.client
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
from hub_under_test import owner, running_api, running_database, running_worker, wait_until
from measured import Measured
from pairs import ratio
from progress import say
from psycopg.rows import DictRow
from report import at_least, per_second
from senders import in_parallel
from statements import statement
from wrk import APP_EVENTS, post_events

from iot_hub.access.devices import add_device
from iot_hub.timestamps import SECOND, isoformat

FIRST_EVENT = 1_767_225_600  # 2026-01-01: a second for each event of a run stays within January.
FEATURES = 200
"""How many positions Overland puts into a body by default."""
SENDERS = 4

OWNTRACKS = (
    '{"_type":"location","SSID":"home","acc":5,"alt":112,"batt":81,"bs":1,"cog":271,"conn":"w","tst":SECOND,'
    '"lon":21.01,"lat":52.23PLACE,"m":1,"t":"u","tid":"jp","topic":"owntracks/jane/phone","vac":3,"vel":36}'
)
OWNTRACKS_MEANING = (
    '{"device_timestamp":SECOND,"properties":{"location":{"longitude":21.01,"latitude":52.23PLACE,"altitude_m":112,'
    '"bearing":271,"fix_speed_ms":10,"fix_accuracy_m":5,"fix_vertical_accuracy_m":3},"battery":{"remaining_percent":'
    '81,"state":"unplugged"},"network":{"connection":"w","ssid":"home"},"tracker":{"m":1,"t":"u","tid":"jp"}}}'
)
TORQUE = (
    "eml=ana%40example.com&v=8&session=1767225600000&id=0123456789abcdef0123456789abcdef&time=SECOND000&kff1005=21.01"
    "&kff1006=52.23PLACE&kff1001=60.912&kff1007=242.8&kff1010=112.0&kff1239=3.0&kd=61.0&kc=1275.75&k4=31.37&k5=88.0"
    "&kf=33.0&k10=12.4&k11=18.82&k2f=71.37&k46=21.0&k42=14.1"
)
TORQUE_MEANING = (
    '{"device_timestamp":SECOND,"properties":{"location":{"longitude":21.01,"latitude":52.23PLACE,"altitude_m":112.0,'
    '"bearing":242.8,"fix_speed_ms":16.92,"fix_accuracy_m":3.0},"vehicle":{"speed_kmh":61.0,"engine_rpm":1275.75,'
    '"engine_load_percent":31.37,"coolant_temperature_C":88.0,"intake_temperature_C":33.0,"air_flow_gs":12.4,'
    '"throttle_percent":18.82,"fuel_percent":71.37,"outside_temperature_C":21.0,"voltage_V":14.1}}}'
)
NOTES = [
    "Apps: one location message of OwnTracks a request to `/owntracks`, by wrk over 64 connections, against an event"
    " of the same meaning to `/v1/events`; a request of Torque Pro to `/torque` with a position and ten values of the"
    " car, likewise; and batches of 200 of Overland's features to `/overland` from 4"
    " senders, against the same as NDJSON. Each pair of runs in turns, on a device of its own, the worker caught"
    " up before. The app's own message is stored beside its meaning, so the database writes about twice as much.",
]


@dataclass(frozen=True)
class Sizes:
    """How long to measure."""

    rounds: int
    seconds: int
    batches: int


FULL = Sizes(rounds=5, seconds=4, batches=300)
QUICK = Sizes(rounds=1, seconds=1, batches=20)


def measure(*, quick: bool) -> Measured:
    """Measure OwnTracks and Torque one by one, and Overland in batches."""
    sizes = QUICK if quick else FULL
    with running_database() as settings, owner(settings) as connection:
        connection.execute(statement("make_partitions"), {"from": "2026-01-01", "to": "2026-02-01"})
        # Made before the API starts, so that no run waits for the news of a token.
        devices = iter([add_device(connection, f"bench {n}", "smartphone") for n in range(sizes.rounds * 6)])
        with running_worker(settings), running_api(settings) as api:
            rates = _Field(connection, api, devices, sizes).rounds()
    events = per_second("events")
    return Measured(
        [
            at_least(
                "OwnTracks against the same to /v1/events", ratio(rates["owntracks"], rates["single"]), events, 0.8
            ),
            at_least("Torque against the same to /v1/events", ratio(rates["torque"], rates["car"]), events, 0.8),
            at_least("Overland against the same to /v1/events", ratio(rates["overland"], rates["ndjson"]), events, 0.8),
        ],
        NOTES,
    )


@dataclass
class _Field:
    connection: psycopg.Connection[DictRow]
    api: str
    devices: Iterator[tuple[int, str]]
    sizes: Sizes

    def rounds(self) -> dict[str, list[float]]:
        """Measure each way in turns; give events a second."""
        ways: dict[str, Callable[[], float]] = {
            "owntracks": lambda: self._single("/owntracks", OWNTRACKS),
            "single": lambda: self._single("/v1/events", OWNTRACKS_MEANING),
            "torque": lambda: self._single("/torque", TORQUE, method="GET"),
            "car": lambda: self._single("/v1/events", TORQUE_MEANING),
            "overland": lambda: self._batches("/overland", _overland),
            "ndjson": lambda: self._batches("/v1/events", _ndjson),
        }
        found: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(self.sizes.rounds):
            for name, send in ways.items():
                self._settle()
                found[name].append(send())
            summary = ", ".join(f"{name} {rates[-1]:,.0f}/s" for name, rates in found.items())
            say(f"apps, round {number + 1} of {self.sizes.rounds}: {summary}")
        return found

    def _single(self, endpoint: str, body: str, method: str = "POST") -> float:
        device_id, token = next(self.devices)
        environment = {
            "METHOD": method, "TOKEN": token, "ENDPOINT": endpoint, "BODY": body, "START": str(FIRST_EVENT),
        }  # fmt: skip
        load = post_events(
            self.api, connections=64, seconds=self.sizes.seconds, environment=environment, script=APP_EVENTS
        )
        self._check(device_id, load.answers, 64)
        return load.rate

    def _batches(self, endpoint: str, body: Callable[[int], bytes]) -> float:
        device_id, token = next(self.devices)
        bodies = [body(FIRST_EVENT + n * FEATURES) for n in range(self.sizes.batches)]
        sends = [functools.partial(_post, self.api, endpoint, token, bodies[n::SENDERS]) for n in range(SENDERS)]
        seconds = in_parallel(sends)
        self._check(device_id, len(bodies) * FEATURES, 0)
        return len(bodies) * FEATURES / seconds

    def _settle(self) -> None:
        """Start every run from the same state: roll-ups up to date, no checkpoint ahead."""
        wait_until(lambda: self._count("count_stale_hours") == 0, 120)
        self.connection.execute("CHECKPOINT")

    def _check(self, device_id: int, answered: int, on_their_way: int) -> None:
        stored = self._count("count_events", device_id)
        if not answered <= stored <= answered + on_their_way:
            raise RuntimeError(f"{answered} events were answered and {stored} stored")

    def _count(self, name: str, device_id: int | None = None) -> int:
        row = self.connection.execute(statement(name), {"device_id": device_id}).fetchone()
        return int(next(iter(row.values()))) if row else 0


def _post(api: str, endpoint: str, token: str, bodies: Sequence[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(api).netloc, timeout=60)
    for body in bodies:
        connection.request("POST", endpoint, body, {"X-API-Key": token})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a batch was answered {answer.status}: {text[:200]!r}")
    connection.close()


def _overland(start: int) -> bytes:
    return _compact({"locations": [_feature(second) for second in range(start, start + FEATURES)]})


def _feature(second: int) -> dict[str, object]:
    return {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [21.01, _latitude(second)]},
        "properties": {
            "timestamp": isoformat(second * SECOND), "altitude": 112, "speed": 13, "course": 271,
            "horizontal_accuracy": 5, "vertical_accuracy": 3, "motion": ["driving"], "battery_state": "unplugged",
            "battery_level": 0.5, "wifi": "", "device_id": "jane-iphone",
        },
    }  # fmt: skip


def _ndjson(start: int) -> bytes:
    return b"\n".join(_compact(_meaning(second)) for second in range(start, start + FEATURES))


def _compact(value: object) -> bytes:
    """Write JSON as phones do, without a space."""
    return json.dumps(value, separators=(",", ":")).encode()


def _meaning(second: int) -> dict[str, object]:
    location = {
        "longitude": 21.01, "latitude": _latitude(second), "altitude_m": 112, "fix_speed_ms": 13, "bearing": 271,
        "fix_accuracy_m": 5, "fix_vertical_accuracy_m": 3,
    }  # fmt: skip
    battery = {"remaining_percent": 50, "state": "unplugged"}
    said = {"location": location, "battery": battery, "motion": {"activity": ["driving"]}, "name": "jane-iphone"}
    return {"device_timestamp": second, "properties": said}


def _latitude(second: int) -> float:
    return round(52.23 + second % 9973 / 1e6, 6)
