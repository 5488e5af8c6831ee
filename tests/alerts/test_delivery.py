"""Delivery of notices: by which channel, what they say and what they don't, and what happens while a channel is down."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from alert_world import judge, warm
from command_line import fail, run
from events import Connection, add_device, rows, store
from waiting import wait_until

from iot_hub.alerts.channel import Secret, add_channel, find_channel, remove_channel
from iot_hub.alerts.delivery import AlertDelivery, deliver
from iot_hub.alerts.rule import list_notices, list_rules, remove_rule
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.settings import Settings

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
BEGINS = NOW - 2 * MINUTE
KEY = "a key"

pytestmark = pytest.mark.usefixtures("hub_variables")


class Receiver(ThreadingHTTPServer):
    """A program of the owner's that takes webhooks, and whether it does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 204
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?of=mine"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.may_answer.wait(30)
        self.server.headers.append(dict(self.headers))
        self.server.bodies.append(body)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.may_answer.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner, name="Anna's freezer")
    return owner


def fire(owner: Connection, at: datetime = BEGINS, degrees: float = -5) -> None:
    store(
        owner,
        (at.timestamp(), {"climate": {"temperature_C": degrees}, "location": {"latitude": 52.23, "longitude": 21.01}}),
    )
    judge(owner, NOW)


def channel(owner: Connection, settings: Settings, url: str, name: str = "mine", *, names: bool = False) -> int:
    return add_channel(owner, settings.home, name, "webhook", Secret(url, KEY), sends_names=names)


def due(owner: Connection) -> list[dict[str, Any]]:
    return owner.execute(query("channels_with_deliveries")).fetchall()


def deliver_due(owner: Connection, settings: Settings) -> list[bool]:
    return [deliver(owner, settings, row) for row in due(owner)]


def test_a_notice_is_delivered_once_and_signed(owner: Connection, settings: Settings, receiver: Receiver) -> None:
    channel(owner, settings, receiver.url)
    warm(owner)
    fire(owner)
    assert deliver_due(owner, settings) == [True]
    assert deliver_due(owner, settings) == []
    [body] = receiver.bodies
    [headers] = receiver.headers
    signed = hmac.new(KEY.encode(), headers["X-IoT-Hub-Time"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-IoT-Hub-Signature"] == f"sha256={signed}"
    [alert] = json.loads(body)["alerts"]
    assert (alert["kind"], alert["at"]) == ("fired", BEGINS.isoformat())


def test_what_a_removed_rule_had_yet_to_deliver_is_given_up_and_stays_in_the_log(
    owner: Connection, settings: Settings, receiver: Receiver
) -> None:
    channel(owner, settings, receiver.url)
    warm(owner)
    fire(owner)
    [rule] = list_rules(owner)
    remove_rule(owner, rule["id"])
    assert deliver_due(owner, settings) == [] and receiver.bodies == []
    assert [notice["kind"] for notice in list_notices(owner, 10)] == ["fired"]


def test_no_name_and_no_coordinate_leaves_unless_the_owner_says_so(
    owner: Connection, settings: Settings, receiver: Receiver
) -> None:
    channel(owner, settings, receiver.url, "closed")
    channel(owner, settings, receiver.url, "open", names=True)
    warm(owner, name="Secret cellar")
    fire(owner)
    deliver_due(owner, settings)
    closed, opened = (body.decode() for body in receiver.bodies)
    for word in ("Secret cellar", "Anna"):
        assert (word in closed, word in opened) == (False, True), word
    assert "52.23" not in closed + opened


def test_what_is_due_at_once_is_one_message(owner: Connection, settings: Settings, receiver: Receiver) -> None:
    channel(owner, settings, receiver.url)
    warm(owner)
    warm(owner, above=-20)
    fire(owner)
    deliver_due(owner, settings)
    assert [len(json.loads(body)["alerts"]) for body in receiver.bodies] == [2]


@pytest.mark.parametrize("status", [302, 400, 500])
def test_what_is_refused_is_tried_again_and_the_failure_is_shown(
    owner: Connection, settings: Settings, receiver: Receiver, status: int
) -> None:
    channel(owner, settings, receiver.url)
    warm(owner)
    fire(owner)
    receiver.status = status
    assert deliver_due(owner, settings) == [False]
    assert due(owner) == []
    [shown] = json.loads(run("alert", "channel", "list", "--json"))
    assert (shown["failure"], shown["waiting"]) == (f"status {status}", 1)
    receiver.status = 200
    owner.execute("UPDATE iot_personal_hub.alert_deliveries SET next_attempt_at = now()")
    assert deliver_due(owner, settings) == [True]
    [shown] = json.loads(run("alert", "channel", "list", "--json"))
    assert (shown["failure"], shown["failing_since"], shown["waiting"]) == (None, None, 0)


def test_a_channel_that_hangs_holds_up_no_other(owner: Connection, settings: Settings, receiver: Receiver) -> None:
    with Receiver() as slow:
        thread = threading.Thread(target=slow.serve_forever)
        thread.start()
        slow.may_answer.clear()
        channel(owner, settings, slow.url, "slow")
        channel(owner, settings, receiver.url, "fast")
        warm(owner)
        fire(owner)
        delivery = AlertDelivery(settings)
        delivery.start()
        wait_until(lambda: receiver.bodies)
        assert slow.bodies == []
        slow.may_answer.set()
        wait_until(lambda: not rows(owner, "SELECT FROM iot_personal_hub.alert_deliveries WHERE delivered_at IS NULL"))
        delivery.stop()
        wait_until(lambda: all("alert" not in each.name for each in threading.enumerate()))
        slow.shutdown()
        thread.join()
    assert len(slow.bodies) == len(receiver.bodies) == 1


def test_in_quiet_hours_only_what_is_critical_is_delivered(
    owner: Connection, settings: Settings, receiver: Receiver
) -> None:
    channel(owner, settings, receiver.url)
    now = datetime.now(settings.zone)
    hours = {"quiet_from": f"{now - 120 * MINUTE:%H:%M}", "quiet_until": f"{now + 120 * MINUTE:%H:%M}"}
    warm(owner, **hours)
    fire(owner)
    assert due(owner) == []
    warm(owner, severity="critical", **hours)
    fire(owner, NOW - MINUTE)
    deliver_due(owner, settings)
    assert [alert["severity"] for alert in json.loads(receiver.bodies[0])["alerts"]] == ["critical"]


@pytest.mark.parametrize(
    ("at", "quiet", "until"),
    [
        ("2026-03-03 23:00", ("22:00", "07:00"), "2026-03-04 07:00"),
        ("2026-03-03 03:00", ("22:00", "07:00"), "2026-03-03 07:00"),
        ("2026-03-03 12:00", ("22:00", "07:00"), "2026-03-03 12:00"),
        ("2026-03-03 13:00", ("12:00", "14:00"), "2026-03-03 14:00"),
        ("2026-03-03 14:00", ("12:00", "14:00"), "2026-03-03 14:00"),
        # Clocks are put forward at 02:00.
        ("2026-03-28 23:00", ("22:00", "07:00"), "2026-03-29 07:00"),
        ("2026-03-03 13:00", (None, None), "2026-03-03 13:00"),
    ],
)
def test_quiet_hours_end_by_the_owners_clock(
    owner: Connection, at: str, quiet: tuple[str | None, str | None], until: str
) -> None:
    owner.execute("SET TIME ZONE 'Europe/Warsaw'")
    owner.execute("UPDATE iot_personal_hub.hub_settings SET value = 'Europe/Warsaw' WHERE name = 'time_zone'")
    [found] = rows(
        owner,
        "SELECT iot_personal_hub.quiet_until(%s::timestamptz, %s::time, %s::time) = %s::timestamptz AS is_right",
        at, *quiet, until,
    )  # fmt: skip
    assert found["is_right"]


def test_a_muted_rule_is_noted_and_not_delivered(owner: Connection, settings: Settings, receiver: Receiver) -> None:
    channel(owner, settings, receiver.url)
    warm(owner, name="Freezer")
    run("alert", "mute", "Freezer", "--for", "2h")
    fire(owner)
    assert due(owner) == []
    assert [row["kind"] for row in json.loads(run("alert", "log", "--json"))] == ["fired"]
    run("alert", "unmute", "Freezer")
    fire(owner, NOW - MINUTE, -18)
    assert deliver_due(owner, settings) == [True]


def test_a_rule_names_its_channels(owner: Connection, settings: Settings, receiver: Receiver) -> None:
    channel(owner, settings, receiver.url, "one")
    other = channel(owner, settings, receiver.url, "other")
    warm(owner, channel_ids=[other])
    fire(owner)
    assert [row["id"] for row in due(owner)] == [other]


def test_where_a_channel_leads_is_nowhere_in_the_clear(owner: Connection, settings: Settings) -> None:
    number = channel(owner, settings, "https://example.org/very-secret")
    [stored] = rows(owner, "SELECT secret FROM iot_personal_hub.alert_channels")
    assert b"secret" not in bytes(stored["secret"])
    assert KEY.encode() not in bytes(stored["secret"])
    assert "very-secret" not in run("alert", "channel", "list", "--json")
    assert find_channel(owner, settings.home, "mine").secret.url == "https://example.org/very-secret"
    (settings.home / "secrets" / "alert-channel-key").unlink()
    with pytest.raises(UserError, match="another key"):
        find_channel(owner, settings.home, "mine")
    remove_channel(owner, number)
    [stored] = rows(owner, "SELECT secret FROM iot_personal_hub.alert_channels")
    assert bytes(stored["secret"]) == b""


@pytest.mark.parametrize(
    "url",
    ["", "example.org", "ftp://example.org", "https://", "https://me:pass@example.org/", "http://a:0/", "http://[a/",
     "http://a/b c", "https://ex\u0430mple.org/", "http://a:99999/", "https://a/\r\nHost: b"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(owner: Connection, settings: Settings, url: str) -> None:
    with pytest.raises(UserError, match="needs an address"):
        channel(owner, settings, url)


def test_rules_are_added_listed_and_removed_by_command(owner: Connection, settings: Settings) -> None:
    add = ("alert", "add")
    run(*add, "Warm", "--device", "1", "--value", "climate.temperature_C", "--above", "-10", "--lasts", "15min")
    run(*add, "Open", "--state", "contact.open", "--equals", "true", "--quiet", "22:00-07:00", "--repeat", "2h")
    run(*add, "Low", "--battery", "15")
    run(*add, "Silent", "--silent", "--drop-late")
    listed = {row["name"]: row for row in json.loads(run("alert", "list", "--json"))}
    assert [listed["Warm"][key] for key in ("kind", "above", "lasts_s", "device")] == [
        "value",
        -10,
        900,
        "Anna's freezer",
    ]
    assert [listed["Low"][key] for key in ("kind", "below", "margin")] == ["battery", 15, 5]
    assert (listed["Open"]["repeat_s"], listed["Silent"]["late"]) == (7200, "drop")
    run("alert", "remove", "Warm", "--yes")
    assert "Warm" not in run("alert", "list")
    assert "Nothing fires" in run("alert", "firing")


@pytest.mark.parametrize(
    "options",
    [
        (), ("--silent", "--battery", "5"), ("--value", "climate.temperature_C"), ("--value", "no.such", "--above", "1"),
        ("--value", "contact.open", "--above", "1"), ("--state", "climate.temperature_C", "--equals", "1"),
        ("--state", "contact.open"), ("--state", "contact.open", "--equals", "ajar"), ("--silent", "--lasts", "soon"),
        ("--silent", "--lasts", "99d"), ("--silent", "--quiet", "22"), ("--silent", "--severity", "loud"),
        ("--silent", "--repeat", "5s"), ("--silent", "--device", "nobody"), ("--enters", "nowhere"),
        ("--value", "climate.temperature_C", "--above", "nan"), ("--value", "climate.temperature_C", "--above", "inf"),
        ("--silent", "--channel", "none"),
    ],
)  # fmt: skip
def test_a_rule_that_could_never_be_met_is_refused(owner: Connection, options: tuple[str, ...]) -> None:
    assert fail("alert", "add", "rule", *options)
    assert rows(owner, "SELECT FROM iot_personal_hub.alert_rules") == []


def test_each_kind_of_rule_is_added_by_command(owner: Connection) -> None:
    added = {
        "change": ("--value", "climate.temperature_C", "--rises-by", "5", "--within", "10min"),
        "fault": ("--fault",),
        "consumption": ("--consumption",),
        "usage": ("--usage", "energy.energy_Wh", "--per", "day"),
        "service": ("--service", "--ahead-days", "14", "--ahead-km", "500"),
        "hub": ("--hub", "--check", "disk"),
    }
    for kind, options in added.items():
        run("alert", "add", kind, *options)
    listed = {row["name"]: row for row in json.loads(run("alert", "list", "--json"))}
    assert {name: row["kind"] for name, row in listed.items()} == {kind: kind for kind in added}
    assert [listed["change"][key] for key in ("rises_by", "within_s")] == [5, 600]
    assert [listed["service"][key] for key in ("ahead_days", "ahead_km")] == [14, 500]
    assert listed["hub"]["checks"] == ["disk"]


@pytest.mark.parametrize(
    "options",
    [
        ("--value", "climate.temperature_C", "--rises-by", "5"),
        ("--value", "climate.temperature_C", "--within", "5min"),
        ("--value", "climate.temperature_C", "--falls-by", "-1", "--within", "5min"),
        ("--value", "climate.temperature_C", "--falls-by", "1", "--within", "8d"),
        ("--value", "climate.temperature_C", "--falls-by", "1", "--within", "5min", "--above", "3"),
        ("--state", "contact.open", "--equals", "true", "--rises-by", "1", "--within", "5min"),
        ("--usage", "climate.temperature_C", "--per", "day"),
        ("--usage", "energy.energy_Wh"),
        ("--usage", "energy.energy_Wh", "--per", "year"),
        ("--hub", "--device", "1"),
        ("--hub", "--check", "nothing"),
        ("--silent", "--check", "disk"),
        ("--fault", "--lasts", "5min"),
        ("--fault", "--ahead-km", "5"),
        ("--service", "--ahead-days", "-5"),
        ("--fault", "--service"),
    ],
)
def test_a_rule_that_could_never_be_met_is_refused_in_one_line(owner: Connection, options: tuple[str, ...]) -> None:
    message = fail("alert", "add", "odd", *options)
    assert len(message.strip().splitlines()) == 1
    assert list_rules(owner) == []


def test_the_log_is_filtered_by_device_rule_and_time(owner: Connection) -> None:
    rule_id = warm(owner)
    for minute, degrees in enumerate((-5, -18, -5)):
        store(owner, ((BEGINS + minute * MINUTE).timestamp(), {"climate": {"temperature_C": degrees}}))
        judge(owner, BEGINS + minute * MINUTE)
    assert len(list_notices(owner, 50)) == 3
    assert len(list_notices(owner, 50, rule_id=rule_id, device_id=1)) == 3
    assert list_notices(owner, 50, device_id=2) == list_notices(owner, 50, rule_id=rule_id + 1) == []
    assert len(json.loads(run("alert", "log", "--since", (BEGINS + MINUTE).isoformat(), "--json"))) == 2
    assert len(json.loads(run("alert", "log", "--until", (BEGINS + MINUTE).isoformat(), "--json"))) == 1
    assert "TIME" not in fail("alert", "log", "--since", "yesterday")
