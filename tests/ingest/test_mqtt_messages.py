"""What the MQTT receiver makes of messages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_hub.errors import OverloadedError, SpoolFullError
from iot_hub.ingest.batch import Receipt, StoredEvent
from iot_hub.ingest.holding import HeldMessage
from iot_hub.ingest.mqtt.discovery import Discovery
from iot_hub.ingest.mqtt.home_messages import HomeMessages
from iot_hub.ingest.mqtt.message import Message
from iot_hub.ingest.mqtt.metrics import ReceiverMetrics
from iot_hub.ingest.mqtt.receive_times import ReceiveTimes
from iot_hub.ingest.mqtt.receiver import MessageReceiver
from iot_hub.ingest.quarantine import QuarantinedPayload
from iot_hub.ingest.tokens import AuthenticatedDevice
from iot_hub.sources.mqtt import HomeReader

READING = b'{"device_timestamp":1755861753,"properties":{"count":{"n":1}}}'
LAST_WILL = b'{"_type":"lwt","tst":1755861753}'


class Memory:
    """A delivery that keeps everything, after some failures."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.events: list[StoredEvent] = []
        self.payloads: list[QuarantinedPayload] = []
        self.held: list[HeldMessage] = []

    async def store(self, events: Sequence[StoredEvent]) -> Receipt:
        if self.failures:
            raise self.failures.pop()
        self.events += events
        return Receipt(len(events), 0)

    async def quarantine(self, payloads: Sequence[QuarantinedPayload]) -> None:
        self.payloads += payloads

    async def hold(self, messages: Sequence[HeldMessage]) -> None:
        self.held += messages


class Devices:
    """A hub's devices: a phone, number 1, and a gateway, number 2."""

    names: ClassVar[dict[int | str, int]] = {1: 1, "1": 1, "phone": 1, "anna/phone": 1, 2: 2, "2": 2, "gateway": 2}

    def device_id(self, device: int | str) -> int | None:
        return self.names.get(device)

    def sender_named(self, device: int | str) -> AuthenticatedDevice | None:
        found = self.names.get(device)
        return AuthenticatedDevice(found, found == 2, b"") if found else None


class World:
    """A receiver with a memory for a database."""

    def __init__(self, folder: Path, *failures: Exception) -> None:
        self.memory = Memory(*failures)
        devices: Any = Devices()
        delivery: Any = self.memory
        discovery = Discovery(folder / "decisions.json")
        self.receiver = MessageReceiver(
            delivery=delivery, tokens=devices, home=HomeMessages(HomeReader(), discovery), discovery=discovery, times=ReceiveTimes(folder / "times"), zone=UTC, most_items=1_000,
            metrics=ReceiverMetrics(folder),
        )  # fmt: skip

    def receive(self, *messages: Message) -> None:
        asyncio.run(self.receiver.receive(messages))

    @property
    def reasons(self) -> list[str]:
        return [payload.reason for payload in self.memory.payloads]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_equal_messages_of_one_read_are_events_of_their_own_in_order(world: World) -> None:
    world.receive(*(Message("owntracks/1/phone", LAST_WILL, packet_id=number) for number in range(1, 21)))
    times = [event.device_time for event in world.memory.events]
    assert len(times) == 20
    assert times == sorted(set(times))


def test_of_a_replay_only_what_has_its_own_time_is_a_new_reading(world: World) -> None:
    world.receive(
        Message("owntracks/1/phone", LAST_WILL, retained=True),
        Message("owntracks/1/phone", b"no JSON", retained=True),
        Message("iot-hub/1/events", READING, retained=True),
        Message("strange/topic", b"1", retained=True),
    )
    assert [event.source for event in world.memory.events] == ["hub"]
    assert world.reasons == []


def test_a_topic_names_the_device_and_a_gateway_names_others(world: World) -> None:
    of_another = b'{"device_id":"phone","device_timestamp":1755861753,"properties":{}}'
    world.receive(
        Message("iot-hub/1/events", READING),
        Message("iot-hub/2/events", of_another),
        Message("owntracks/anna/phone", LAST_WILL),
        Message("owntracks/1/phone/event", LAST_WILL),
        Message("owntracks/1/phone/cmd", LAST_WILL),
        Message("iot-hub/1/events", b'{"device_id":2,"device_timestamp":1755861753,"properties":{}}'),
    )
    assert [event.device_id for event in world.memory.events] == [1, 1, 1, 1]
    assert world.reasons == ["wrong_device"]


def test_one_message_of_an_unknown_topic_an_hour_is_kept(world: World) -> None:
    world.receive(*(Message("strange/topic", b"1") for _ in range(50)), Message("other", b"2"))
    assert [(payload.payload, payload.reason) for payload in world.memory.payloads] == [
        (b"1", "unknown_topic"),
        (b"2", "unknown_topic"),
    ]


@pytest.mark.parametrize("failure", [OverloadedError(), SpoolFullError(), RuntimeError("a bug")])
def test_it_tries_again_until_everything_is_safe(tmp_path: Path, failure: Exception) -> None:
    world = World(tmp_path, failure)
    world.receive(Message("iot-hub/1/events", READING, packet_id=1))
    assert len(world.memory.events) == 1


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.text(),
                st.builds(
                    "iot-hub/{}/{}".format, st.sampled_from(["1", "2", "9", ""]), st.sampled_from(["events", "x"])
                ),
                st.builds(
                    "owntracks/{}/{}".format, st.sampled_from(["1", "anna", "9"]), st.sampled_from(["phone", "x/y"])
                ),
            ),
            st.one_of(st.binary(), st.just(READING), st.just(LAST_WILL), st.text().map(str.encode)),
            st.booleans(),
        ),
        max_size=5,
    )
)
def test_no_message_stops_the_receiver(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[str, bytes, bool]]
) -> None:
    world = World(tmp_path_factory.mktemp("messages"))
    world.receive(
        *(Message(topic.encode(errors="replace").decode(), payload, retained) for topic, payload, retained in sent)
    )
    world.receive(Message("iot-hub/1/events", READING, packet_id=1))
    assert world.memory.events[-1].device_id == 1
    assert "failed" not in world.reasons
