"""The MQTT receiver with a real broker: nothing that the broker took is lost or stored twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from database_faults import database_away
from events import Connection, rows
from hub_process import free_port
from started import needs
from waiting import wait_until

from chaos.mqtt_kills import kill_under_load
from chaos.mqtt_parts import Broker, Receiver, running_broker, running_receiver
from chaos.mqtt_publisher import Publisher, RefusedError
from iot_hub.access import discovered
from iot_hub.access.devices import add_device, revoke_tokens, rotate_token
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.timeout(240)]

NOT_AUTHORIZED = 0x87
TIME = 1_755_861_753
LATE = str(Path(__file__).with_name("late_receiver.py"))
RAW = "SELECT * FROM iot_personal_hub.raw_devices_properties ORDER BY device_time"
COUNT = "SELECT count(*) AS n FROM iot_personal_hub.raw_devices_properties"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    needs("hub")
    return settings.model_copy(update={"mqtt_port": free_port()})


@pytest.fixture
def broker(settings: Settings) -> Iterator[Broker]:
    with running_broker(settings) as broker:
        yield broker


def reading(number: int, text: str = "") -> bytes:
    reading = {"device_timestamp": TIME + number, "properties": {"count": {"n": number}, "note": {"text": text}}}
    return json.dumps(reading).encode()


def stored(owner: Connection) -> int:
    return int(rows(owner, COUNT)[0]["n"])


def reasons(owner: Connection) -> dict[str, int]:
    found = rows(owner, "SELECT reason, sum(times) AS n FROM iot_personal_hub.quarantine GROUP BY reason")
    return {row["reason"]: int(row["n"]) for row in found}


def test_nothing_is_lost_or_stored_twice_when_the_receiver_is_killed_under_load(
    settings: Settings, owner: Connection
) -> None:
    outcome = kill_under_load(settings, owner, kills=2, rate=2_000, command=(LATE,), away_messages=1_500)
    assert outcome.lost.total() == outcome.doubled.total() == 0, str(outcome)
    assert all(outcome.published.values())


@pytest.mark.parametrize(
    ("without", "command", "broken", "kills"),
    [
        (["max_queued_messages"], (LATE,), "lost", 1),
        (["upgrade_outgoing_qos"], (LATE,), "lost", 1),
        # A kill finds a message that is stored and not acknowledged, or does not.
        ([], (LATE, "--forgetful"), "doubled", 4),
    ],
    ids=["max_queued_messages", "upgrade_outgoing_qos", "receive times"],
)
def test_each_of_these_is_needed_for_it(
    settings: Settings, owner: Connection, without: list[str], command: tuple[str, ...], broken: str, kills: int
) -> None:
    outcome = kill_under_load(
        settings, owner, kills=kills, rate=3_000, without=without, command=command,
        away_messages=3_000 if without else 0, patience=1.5,
    )  # fmt: skip
    assert getattr(outcome, broken).total() > 0, str(outcome)


def test_a_device_publishes_with_its_token_until_it_is_revoked(
    settings: Settings, broker: Broker, owner: Connection
) -> None:
    with running_receiver(settings):
        device_id, token = add_device(owner, "plug", "sensor")
        where = ("127.0.0.1", settings.mqtt_port)
        wait_until(lambda: is_let_in(where, str(device_id), token))
        with Publisher(where, str(device_id), token) as device:
            # What is another device's is refused to it.
            device.publish([("iot-hub/99/events", reading(2))])
            device.wait_for(1)
            assert device.reasons == {NOT_AUTHORIZED}
        with Publisher(where, str(device_id), token) as device:
            device.publish([(f"iot-hub/{device_id}/events", reading(1))])
            wait_until(lambda: stored(owner) == 1)
            assert not device.is_cut_off.is_set()
            revoked = time.monotonic()
            revoke_tokens(owner, str(device_id))
            assert device.is_cut_off.wait(2.0)
            assert time.monotonic() - revoked < 2.0
        assert not is_let_in(where, str(device_id), token)
        _, token = rotate_token(owner, str(device_id))
        wait_until(lambda: is_let_in(where, str(device_id), token))
    [row] = rows(owner, RAW)
    assert (row["device_id"], row["source"], row["properties"]["count"]) == (device_id, "hub", {"n": 1})


def is_let_in(where: tuple[str, int], user: str, password: str) -> bool:
    try:
        with Publisher(where, user, password):
            return True
    except RefusedError:
        return False


def test_no_message_stops_the_receiver_and_what_it_cannot_store_is_in_quarantine(
    settings: Settings, broker: Broker, owner: Connection
) -> None:
    device_id, _ = add_device(owner, "phone", "smartphone")
    good = f"iot-hub/{device_id}/events"
    with running_receiver(settings) as receiver, broker.publisher() as publisher:
        messages = [
            (good, b"\xff\x00 no JSON"),
            (good, b"[" * 100_000),
            ("iot-hub/12345/events", reading(1)),
            ("iot-hub//events", b""),
            ("żółć/\U0001f984/" + "x" * 60_000, b"{}"),
            (f"owntracks/{device_id}/phone", b'{"_type":"encrypted","data":"AAAA"}'),
            ("owntracks/stranger/phone", b'{"_type":"location","lat":1,"lon":2,"tst":1755861753}'),
            (good, reading(2)),
        ]
        publisher.publish(messages)
        publisher.wait_for(len(messages))
        wait_until(lambda: stored(owner) == 1)
        wait_until(lambda: receiver.status and receiver.status.waiting == 0)
        assert reasons(owner) == {
            "not_json": 2, "unknown_device": 1, "unknown_topic": 1, "key_missing": 1,
        }  # fmt: skip
        # A phone that is approved later gets what it sent before.
        wait_until(lambda: discovered.proposed_identities(owner) == ["owntracks/stranger/phone"])
        stranger = discovered.approve(owner, "owntracks/stranger/phone", name="Visitor")
        wait_until(lambda: stored(owner) == 2)
        assert receiver.stop() == 0
    assert [row["device_id"] for row in rows(owner, RAW)].count(stranger) == 1
    assert "Traceback" not in receiver.log()


def test_a_second_receiver_takes_over_within_a_second(settings: Settings, broker: Broker, owner: Connection) -> None:
    device_id, _ = add_device(owner, "phone", "smartphone")
    first, second = Receiver(settings), Receiver(settings)
    try:
        first.start()
        second.start(wait=False)
        wait_until(lambda: "mqtt_standby" in second.log())
        with broker.publisher() as publisher:
            publisher.publish([(f"iot-hub/{device_id}/events", reading(1))])
            wait_until(lambda: stored(owner) == 1)
            killed = time.monotonic()
            first.kill()
            publisher.publish([(f"iot-hub/{device_id}/events", reading(2))])
            wait_until(lambda: stored(owner) == 2)
            assert time.monotonic() - killed < 1.0
    finally:
        first.kill()
        second.kill()


def test_while_the_database_is_away_messages_wait_in_the_receivers_own_spool(
    settings: Settings, broker: Broker, owner: Connection
) -> None:
    device_id, _ = add_device(owner, "phone", "smartphone")
    with running_receiver(settings) as receiver, broker.publisher() as publisher:
        with database_away(owner):
            publisher.publish([(f"iot-hub/{device_id}/events", reading(number)) for number in range(500)])
            wait_until(lambda: receiver.status and receiver.status.spooled == 500 and not receiver.status.waiting)
            receiver.kill()
            receiver.start(wait=False)
        wait_until(lambda: stored(owner) == 500)


def test_what_fits_nowhere_stays_with_the_broker_and_the_receiver_holds_a_bounded_part_of_it(
    settings: Settings, broker: Broker, owner: Connection
) -> None:
    device_id, _ = add_device(owner, "phone", "smartphone")
    small = settings.model_copy(update={"spool_bytes": 100_000})
    with running_receiver(small) as receiver, broker.publisher() as publisher:
        with database_away(owner):
            messages = [(f"iot-hub/{device_id}/events", reading(number, "x" * 1_000)) for number in range(10_000)]
            publisher.publish(messages)
            publisher.wait_for(len(messages), 60)
            wait_until(lambda: "spool_failed" in receiver.log())
            wait_until(lambda: receiver.status and receiver.status.behind_seconds > 1)
            status = receiver.status
            assert status and 0 < status.waiting < 11_000 and status.state == "connected"
        wait_until(lambda: stored(owner) == 10_000)


def test_a_broker_that_forgot_the_hub_is_noticed(settings: Settings, broker: Broker, owner: Connection) -> None:
    with running_receiver(settings) as receiver:
        assert receiver.status and not receiver.status.session_lost
        broker.kill()
        (settings.home / "mosquitto" / "mosquitto.db").unlink(missing_ok=True)
        broker.start()
        wait_until(lambda: receiver.status and receiver.status.session_lost)
        assert "mqtt_session_lost" in receiver.log()
