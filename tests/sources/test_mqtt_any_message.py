"""Whatever arrives is read, rejected with a reason, or nothing; and in whatever order, it means the same in the end."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import msgspec
import pytest
from fixture_meaning import MQTT, Fixture, fixtures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mqtt_world import NOW

from iot_hub.event import Event, Rejected
from iot_hub.sources.mqtt import HomeReader, HomeSettings, Message
from iot_hub.sources.mqtt.mapping import read_mappings
from iot_hub.sources.storable import check_properties
from iot_hub.transfer.mqtt_messages import decode_messages

pytestmark = pytest.mark.pure

HOME = fixtures(kinds=MQTT)
MESSAGES = [
    (line["topic"], line["payload"].encode())
    for fixture in HOME
    for line in map(json.loads, fixture.payload.read_text().splitlines())
    if "topic" in line
]
TOPICS = sorted({topic for topic, _ in MESSAGES} | {
    "shellies/x/input_event/0", "shellies/announce", "x/status/em:0", "tasmota/discovery/020000000001/config",
    "zigbee2mqtt/bridge/groups", "zigbee2mqtt/a/b", "sensor-logger", "esphome/discover/x", "mapped/a", "rtl_433/x/availability",
    "homeassistant/device/x/config", "homeassistant/cover/x/config", "ha/climate/x/hvac_action", "x/discovered",
})  # fmt: skip
MAPPING = b'[[mapping]]\ntopic = "mapped/+"\ndevice = "{a.b}"\ntime = "t"\nvalues = { "air.co2_ppm" = "a[0]", "x.y" = { path = "q", kind = "text" } }'  # fmt: skip
SETTINGS = HomeSettings(mappings=read_mappings(MAPPING, "m"), keys={"": "231d39c1d7cc1ab1aee224cd096db932"})

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["state", "src", "params", "ts", "events", "id", "model", "time", "Time", "ENERGY", "dev", "ids",
                         "stat_t", "val_tpl", "cmps", "p", "exposes", "definition", "ieee_address", "friendly_name", "a",
                         "b", "em:0", "a_voltage", "servicedata", "servicedatauuid", "tempc", "mac", "t", "avty", "~", "_type",
                         "payload", "latitude", "longitude", "temperature", "voltage", "device", "ieeeAddr", "DS18B20"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
PAYLOADS = (
    st.binary(max_size=40)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.text(max_size=10).map(str.encode)
    | st.sampled_from([payload for _, payload in MESSAGES])
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(TOPICS) | st.text(max_size=30), PAYLOADS, st.booleans()), max_size=6))
def test_any_messages_give_events_that_can_be_stored_or_reasons(messages: list[tuple[str, bytes, bool]]) -> None:
    reader = HomeReader(SETTINGS)
    for topic, payload, retained in messages:
        meaning = reader.read(Message(topic, payload, NOW, retained))
        for reading in meaning.readings:
            assert reading.device
            if isinstance(reading.result, Event):
                check_properties(reading.result.properties)
                json.loads(reading.result.properties)
            else:
                assert isinstance(reading.result, Rejected)
                assert reading.result.reason
    again = HomeReader(SETTINGS)
    again.restore(reader.dump())
    assert again.dump() == reader.dump()


@pytest.mark.parametrize("payload", [payload for _, payload in MESSAGES[::3]])
def test_a_message_that_is_cut_anywhere_harms_nothing(payload: bytes) -> None:
    reader = HomeReader(SETTINGS)
    for topic in TOPICS[::4]:
        for end in range(0, len(payload), 7):
            reader.read(Message(topic, payload[:end], NOW))


def _meant(content: list[str], fixture: Fixture) -> Counter[str]:
    assumed = fixture.expected["assume"]
    known = HomeSettings(keys=assumed.get("keys", {}))
    decoded = decode_messages("\n".join(content).encode(), NOW, known)
    events = [
        (device, found.properties, found.device_time) for device, found in decoded.items if isinstance(found, Event)
    ]
    return Counter(map(str, events))


# Of a car and a tracker, the order of messages is what says which values belong together.
@pytest.mark.parametrize(
    "fixture",
    [each for each in HOME if not each.payload.name.startswith(("teslamate", "homeassistant"))],
    ids=lambda each: each.payload.name,
)
def test_readings_mean_the_same_whether_their_description_comes_before_or_after_them(fixture: Fixture) -> None:
    lines = fixture.payload.read_text().splitlines()
    meant = _meant(lines, fixture)
    assert meant
    for seed in range(8):
        shuffled = list(lines)
        Random(seed).shuffle(shuffled)
        assert _meant(shuffled, fixture) == meant


def test_messages_that_were_held_mean_the_same_once_they_are_described() -> None:
    """What a receiver does: it holds what is undescribed, and reads it again when something was learned."""
    for fixture in HOME:
        if fixture.payload.name.startswith(("teslamate", "homeassistant", "bthome")):
            continue
        lines = [json.loads(line) for line in fixture.payload.read_text().splitlines()]
        messages = [Message(each["topic"], each["payload"].encode(), NOW) for each in lines]
        for order in (messages, messages[::-1]):
            reader = HomeReader()
            held: list[Message] = []
            read: list[str] = []
            aliases: dict[str, str] = {}
            for message in order:
                meaning = reader.read(message)
                aliases |= {alias: each.device for each in meaning.descriptions for alias in each.aliases}
                read += [each.device for each in meaning.readings]
                if meaning.is_undescribed:
                    held.append(message)
                if meaning.has_taught:
                    again, held = held, []
                    for each in again:
                        found = reader.read(each)
                        read += [one.device for one in found.readings]
                        held += [each] if found.is_undescribed else []
            known = [_owner(device, aliases) for device in read]
            meant = [event["device"] for event in fixture.expected["events"]]
            assert set(known) == set(meant), fixture.payload.name
            # A bridge sends the object first, and then each of its values.
            assert order != messages or Counter(known) == Counter(meant), fixture.payload.name


def _owner(device: str, aliases: dict[str, str]) -> str:
    owner, mark, part = device.partition("#")
    return aliases.get(owner, owner) + mark + part


def test_a_dump_of_something_else_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        HomeReader().restore(b'{"tasmota": {"addresses": 5}}')
    with pytest.raises(msgspec.DecodeError):
        HomeReader().restore(b"no")
