"""Devices of a home: found, decided about, and their past stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from events import Connection
from home_world import DISCOVERED, EVENTS, HELD, IDENTITY, SENSOR, HomeWorld, described, running_home
from waiting import until

from iot_hub.access import discovered
from iot_hub.access.devices import add_device
from iot_hub.errors import UserError
from iot_hub.ingest import holding
from iot_hub.ingest.mqtt import discovery
from iot_hub.settings import Settings

Story = Callable[[HomeWorld], Awaitable[None]]
TOPIC = "zigbee2mqtt/living room"
BRIDGE = "zigbee2mqtt/bridge/devices"


def play(settings: Settings, owner: Connection, *stories: Story) -> None:
    """Play each story in a receiver of its own: it starts again between them."""

    async def run() -> None:
        for story in stories:
            async with running_home(settings, owner) as home:
                await story(home)

    asyncio.run(run())


async def three_readings(home: HomeWorld) -> None:
    await home.receive(BRIDGE, described(), retained=True)
    for temperature in (20.5, 21.0, 21.5):
        await home.receive(TOPIC, {"temperature": temperature, "linkquality": 90})
    await until(lambda: home.status() == "proposed")


def test_a_device_is_proposed_and_nothing_of_it_is_stored_until_it_is_approved(
    settings: Settings, owner: Connection
) -> None:
    play(settings, owner, three_readings)
    [found] = owner.execute(DISCOVERED).fetchall()
    assert (found["label"], found["model"], found["protocol"]) == ("living room", "WSDCGQ11LM", "zigbee2mqtt")
    assert found["last_heard"] is not None
    assert owner.execute(EVENTS).fetchall() == []
    assert len(owner.execute(HELD).fetchall()) == 3


def test_its_past_is_stored_when_it_is_approved_with_the_times_of_receipt(
    settings: Settings, owner: Connection
) -> None:
    received = []

    async def approve(home: HomeWorld) -> None:
        received.extend(row["received_at"] for row in home.rows(HELD))
        discovered.approve(owner, IDENTITY)
        await until(lambda: len(home.temperatures) == 3)
        await home.receive(TOPIC, {"temperature": 22.0})
        await until(lambda: not home.rows(HELD))

    play(settings, owner, three_readings, approve)
    events = owner.execute(EVENTS).fetchall()
    assert [row["properties"]["climate"]["temperature_C"] for row in events] == [20.5, 21.0, 21.5, 22.0]
    assert [row["device_time"] for row in events[:3]] == received


def test_what_an_approved_device_sends_is_stored_at_once_also_after_a_restart_without_descriptions(
    settings: Settings, owner: Connection
) -> None:
    async def more(home: HomeWorld) -> None:
        await home.receive(TOPIC, {"temperature": 23.0})
        assert 23.0 in home.temperatures

    async def approve(home: HomeWorld) -> None:
        discovered.approve(owner, IDENTITY)
        await until(lambda: len(home.temperatures) == 3)

    play(settings, owner, three_readings, approve, more)


def test_what_waits_of_an_ignored_device_is_dropped_and_what_comes(settings: Settings, owner: Connection) -> None:
    async def ignore(home: HomeWorld) -> None:
        discovered.ignore(owner, IDENTITY)
        await until(lambda: not home.rows(HELD))
        await home.receive(TOPIC, {"temperature": 22.0})
        assert home.rows(HELD) == home.rows(EVENTS) == []
        # It stays ignored, whatever it says of itself.
        await home.receive(BRIDGE, described("kitchen"), retained=True)
        await until(lambda: home.rows(DISCOVERED)[0]["label"] == "kitchen")
        assert home.status() == "ignored"

    play(settings, owner, three_readings, ignore)


def test_a_decision_can_be_withdrawn_and_its_events_stay(settings: Settings, owner: Connection) -> None:
    async def approve_and_withdraw(home: HomeWorld) -> None:
        discovered.approve(owner, IDENTITY)
        await until(lambda: len(home.temperatures) == 3)
        discovered.propose(owner, IDENTITY)
        await until(lambda: home.home.discovery.device_of(IDENTITY) is None)
        await home.receive(TOPIC, {"temperature": 22.0})
        assert len(home.temperatures) == 3
        assert len(home.rows(HELD)) == 1

    play(settings, owner, three_readings, approve_and_withdraw)


def test_a_renamed_device_keeps_its_history(settings: Settings, owner: Connection) -> None:
    async def rename(home: HomeWorld) -> None:
        device_id = discovered.approve(owner, IDENTITY, name="Thermometer")
        await until(lambda: len(home.temperatures) == 3)
        await home.receive(BRIDGE, described("kitchen"))
        await home.receive("zigbee2mqtt/kitchen", {"temperature": 24.0})
        assert {row["device_id"] for row in home.rows(EVENTS)} == {device_id}
        assert len(home.temperatures) == 4

    play(settings, owner, three_readings, rename)


def test_what_came_before_its_description_belongs_to_the_device_that_is_described_later(
    settings: Settings, owner: Connection
) -> None:
    async def undescribed(home: HomeWorld) -> None:
        await home.receive(TOPIC, {"temperature": 19.0})
        await until(lambda: home.rows(DISCOVERED))
        await home.receive(BRIDGE, described(), retained=True)
        await until(lambda: [row["identity"] for row in home.rows(HELD)] == [IDENTITY])
        assert [row["identity"] for row in home.rows(DISCOVERED)] == [IDENTITY]
        discovered.approve(owner, IDENTITY)
        await until(lambda: home.temperatures == [19.0])

    play(settings, owner, undescribed)


def test_messages_of_a_topic_are_read_again_when_it_is_described(settings: Settings, owner: Connection) -> None:
    config = {
        "name": "Outside", "state_topic": "attic/station/temp", "unit_of_measurement": "°C",
        "device_class": "temperature", "unique_id": "station-1-temp",
        "device": {"identifiers": ["station-1"], "name": "Weather station"},
    }  # fmt: skip

    async def described_late(home: HomeWorld) -> None:
        discovered.add_rule(owner, "*", "approve")
        await home.receive("attic/station/temp", "11.5")
        await home.receive("attic/station/temp", "11.7")
        await home.receive("homeassistant/sensor/station_1/temp/config", config, retained=True)
        await until(lambda: home.temperatures == [11.5, 11.7])
        await until(lambda: not home.rows(HELD))

    play(settings, owner, described_late)


def test_a_rule_decides_without_asking_and_one_to_ignore_comes_first(settings: Settings, owner: Connection) -> None:
    discovered.add_rule(owner, "zigbee2mqtt", "approve")
    discovered.add_rule(owner, "rtl_433/*", "approve")
    discovered.add_rule(owner, "*Neighbour*", "ignore")

    async def heard(home: HomeWorld) -> None:
        await home.receive(BRIDGE, described(), retained=True)
        await home.receive(TOPIC, {"temperature": 20.5})
        await until(lambda: home.temperatures == [20.5])
        await home.receive("rtl_433/host/events", {"model": "Neighbour-TH", "id": 5, "temperature_C": 3.5})
        await until(lambda: "ignored" in {row["status"] for row in home.rows(DISCOVERED)})
        await until(lambda: not home.rows(HELD))
        assert home.temperatures == [20.5]

    play(settings, owner, heard)


def test_a_sensor_with_a_new_id_goes_on_as_the_device_that_it_was(settings: Settings, owner: Connection) -> None:
    async def new_battery(home: HomeWorld) -> None:
        for number, temperature in ((77, 5.0), (201, 6.0)):
            await home.receive(
                "rtl_433/host/events", {"model": "LaCrosse-TX", "id": number, "temperature_C": temperature}
            )
        await until(lambda: len(home.rows(DISCOVERED)) == 2)
        first, second = (row["identity"] for row in home.rows(DISCOVERED))
        device_id = discovered.approve(owner, first, name="Balcony")
        assert discovered.approve(owner, second, into="Balcony") == device_id
        await until(lambda: sorted(home.temperatures) == [5.0, 6.0])
        assert {row["device_id"] for row in home.rows(EVENTS)} == {device_id}

    play(settings, owner, new_battery)


def test_parts_follow_the_device_that_they_belong_to(settings: Settings, owner: Connection) -> None:
    payload = {
        "Time": "2025-10-01T10:00:00",
        "DS18B20-1": {"Id": "000000000001", "Temperature": 4.5},
        "DS18B20-2": {"Id": "000000000002", "Temperature": 61.0},
        "TempUnit": "C",
    }

    async def probes(home: HomeWorld) -> None:
        await home.receive("tele/cellar/SENSOR", payload)
        await until(lambda: len(home.rows(DISCOVERED)) > 1)
        whole = min((row["identity"] for row in home.rows(DISCOVERED)), key=len)
        discovered.approve(owner, whole)
        await until(lambda: not home.rows(HELD))
        stored = [row["properties"].get("climate", {}).get("temperature_C") for row in home.rows(EVENTS)]
        assert {4.5, 61.0} <= set(stored)
        assert {row["status"] for row in home.rows(DISCOVERED)} == {"approved"}
        assert len({row["device_id"] for row in home.rows(DISCOVERED)}) == len(home.rows(DISCOVERED))

    play(settings, owner, probes)


def test_a_ghost_that_the_broker_kept_was_not_heard_live(settings: Settings, owner: Connection) -> None:
    async def ghost(home: HomeWorld) -> None:
        await home.receive(BRIDGE, described(), retained=True)
        await home.receive(TOPIC, {"temperature": 20.5}, retained=True)
        await until(lambda: home.rows(DISCOVERED))
        assert home.rows(DISCOVERED)[0]["last_heard"] is None
        assert home.rows(HELD) == []

    play(settings, owner, ghost)


def test_availability_is_noted_and_unknown_is_not_offline(settings: Settings, owner: Connection) -> None:
    async def comes_and_goes(home: HomeWorld) -> None:
        await home.receive(BRIDGE, described(), retained=True)
        await until(lambda: home.rows(DISCOVERED))
        assert home.rows(DISCOVERED)[0]["availability"] == "unknown"
        await home.receive(f"{TOPIC}/availability", {"state": "offline"}, retained=True)
        await until(lambda: home.rows(DISCOVERED)[0]["availability"] == "offline")
        await home.receive(f"{TOPIC}/availability", {"state": "online"})
        await until(lambda: home.rows(DISCOVERED)[0]["availability"] == "online")

    play(settings, owner, comes_and_goes)


def test_availability_that_came_before_the_description_is_the_devices(settings: Settings, owner: Connection) -> None:
    async def comes_up(home: HomeWorld) -> None:
        await home.receive("meter/online", "true", retained=True)
        await until(lambda: home.rows(DISCOVERED))
        params = {"ts": 1_755_861_753, "pm1:0": {"apower": 1}}
        await home.receive("meter/events/rpc", {"src": "shellypmminig3-020000000007", "params": params})
        await until(lambda: [row["identity"] for row in home.rows(DISCOVERED)] == ["02:00:00:00:00:07"])
        assert home.rows(DISCOVERED)[0]["availability"] == "online"

    play(settings, owner, comes_up)


def test_a_chatty_stranger_pushes_nobody_elses_messages_out(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MOST_EACH", 5)

    async def chatter(home: HomeWorld) -> None:
        await three_readings(home)
        for number in range(20):
            await home.receive("rtl_433/host/events", {"model": "Loud", "id": 1, "temperature_C": number})
        identities = [row["identity"] for row in home.rows(HELD)]
        assert identities.count(IDENTITY) == 3
        assert len(identities) - 3 <= 2 * 5

    play(settings, owner, chatter)


def test_of_many_strangers_those_that_were_heard_once_are_forgotten_first(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "MOST_STRANGERS", 3)
    discovered.add_rule(owner, "*Tyre*", "ignore")

    async def cars_pass(home: HomeWorld) -> None:
        await three_readings(home)
        # Of this one something has come before.
        owner.execute("UPDATE iot_personal_hub.discovered_devices SET first_heard = now() - interval '1 hour'")
        for number in range(20):
            await home.receive("rtl_433/host/events", {"model": "Tyre", "id": number, "temperature_C": 20})
            await home.receive("rtl_433/host/events", {"model": "Guest", "id": number, "temperature_C": 20})
        await until(lambda: len(home.rows(DISCOVERED)) == 3)
        assert IDENTITY in [row["identity"] for row in home.rows(DISCOVERED)]
        assert {row["identity"] for row in home.rows(HELD)} >= {IDENTITY}

    play(settings, owner, cars_pass)


def test_a_name_that_is_taken_gets_the_identity_and_a_wrong_one_is_an_error(
    settings: Settings, owner: Connection
) -> None:
    play(settings, owner, three_readings)
    add_device(owner, "living room", "sensor")
    device_id = discovered.approve(owner, discovered.find_discovered(owner, "living room"))
    [name] = owner.execute("SELECT name FROM iot_personal_hub.dim_devices WHERE id = %s", [device_id]).fetchall()
    assert name["name"] == f"living room ({SENSOR})"
    with pytest.raises(UserError, match="No device 'cellar' was discovered"):
        discovered.find_discovered(owner, "cellar")
