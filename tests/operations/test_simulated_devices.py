"""The simulator keeps to devices of its own: a real one that bears the same name is left as it is."""

from __future__ import annotations

import json

from events import Connection

from iot_hub.access.devices import add_device, rename_device
from iot_hub.access.discovered import ignore, list_discovered, list_rules
from iot_hub.access.login.authorization import owner_access_params
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.ingest.tokens import hash_token
from iot_hub.operations.demo import SimulatedDevice
from iot_hub.operations.demo.home import demo_home
from iot_hub.operations.demo.prepare import prepare_demo, prepare_home
from iot_hub.settings import Settings

TAKEN = "Ana's phone"


def valid_tokens(owner: Connection) -> dict[str, set[bytes]]:
    """Name every device with the hashes of its tokens."""
    rows = owner.execute(
        "SELECT device.name, token.token_hash FROM iot_personal_hub.dim_devices AS device"
        " JOIN iot_personal_hub.device_tokens AS token ON token.device_id = device.id AND token.revoked_at IS NULL"
    ).fetchall()
    return {row["name"]: {other["token_hash"] for other in rows if other["name"] == row["name"]} for row in rows}


def tokens_of(prepared: list[tuple[SimulatedDevice, str]]) -> dict[str, str]:
    return {device.name: token for device, token in prepared}


def demo_is_open(owner: Connection) -> bool:
    row = owner.execute(query("owner_access"), owner_access_params("none")).fetchone()
    assert row is not None
    return bool(row["only_simulated"])


def forget_marks(owner: Connection) -> None:
    """Have the devices as an earlier version made them."""
    owner.execute("UPDATE iot_personal_hub.dim_devices SET details = '{}'")


def test_a_real_device_of_the_same_name_keeps_its_token_and_is_no_part_of_the_demo(
    settings: Settings, owner: Connection
) -> None:
    _, token = add_device(owner, TAKEN, "smartphone")
    simulated = prepare_demo(settings, owner)
    tokens = valid_tokens(owner)
    assert tokens[TAKEN] == {hash_token(token.encode())}
    assert tokens[f"{TAKEN} (simulated)"] == {hash_token(simulated[0][1].encode())}
    assert not demo_is_open(owner)


def test_the_simulator_finds_its_devices_again_also_renamed(settings: Settings, owner: Connection) -> None:
    first = tokens_of(prepare_demo(settings, owner))
    rename_device(owner, TAKEN, "Somebody")
    assert tokens_of(prepare_demo(settings, owner)) == first
    assert demo_is_open(owner)
    assert len(valid_tokens(owner)) == len(first)


def test_a_lost_token_is_made_again_for_the_simulators_own_device_alone(settings: Settings, owner: Connection) -> None:
    prepare_demo(settings, owner)
    (settings.home / "secrets" / "simulated-tokens.json").unlink()
    again = prepare_demo(settings, owner)
    assert valid_tokens(owner)[TAKEN] == {hash_token(again[0][1].encode())}


def test_devices_that_an_earlier_version_made_for_the_simulator_are_marked(
    settings: Settings, owner: Connection
) -> None:
    first = tokens_of(prepare_demo(settings, owner))
    forget_marks(owner)
    assert not demo_is_open(owner)
    assert tokens_of(prepare_demo(settings, owner)) == first
    assert demo_is_open(owner)


def test_a_real_device_that_an_earlier_version_took_over_is_given_back(settings: Settings, owner: Connection) -> None:
    device_id, _ = add_device(owner, TAKEN, "smartphone")
    # As it was: revoked, and the simulator's token issued in its place.
    owner.execute(query("revoke_tokens"), {"device_id": device_id})
    values = {"device_id": device_id, "token_hash": hash_token(b"simulators"), "mqtt_hash": None}
    owner.execute(query("issue_token"), values)
    tokens = settings.home / "secrets" / "simulated-tokens.json"
    tokens.parent.mkdir(parents=True)
    tokens.write_text(json.dumps({TAKEN: "simulators"}))
    with connect(owner_conninfo(settings, "tests")) as connection:
        assert prepare_demo(settings, connection)[0][1] != "simulators"
    assert not demo_is_open(owner)


def test_the_past_of_simulated_devices_is_expected_and_that_of_others_is_not(
    settings: Settings, owner: Connection
) -> None:
    add_device(owner, "real", "smartphone")
    simulated = prepare_demo(settings, owner, publish=True)
    expected = owner.execute(
        "SELECT device.name FROM iot_personal_hub.publication_watches AS watch"
        " JOIN iot_personal_hub.dim_devices AS device ON device.id = watch.device_id WHERE watch.counts_from > now()"
    ).fetchall()
    assert sorted(row["name"] for row in expected) == sorted(device.name for device, _ in simulated)


def test_the_homes_devices_are_there_in_their_rooms_private_and_part_of_the_demo(
    settings: Settings, owner: Connection
) -> None:
    for _ in range(2):
        prepare_home(settings, owner)
    home = demo_home(settings.zone)
    devices = owner.execute(
        "SELECT name, type, room, published FROM iot_personal_hub.dim_devices ORDER BY id"
    ).fetchall()
    expected = [("Home gateway", "gateway", None), *((each.name, "sensor", each.room) for each in home.devices)]
    assert [(row["name"], row["type"], row["room"]) for row in devices] == expected
    assert not any(row["published"] for row in devices)
    assert demo_is_open(owner)
    # No rule is left that would approve real devices.
    assert list_rules(owner) == []
    assert {row["status"] for row in list_discovered(owner)} == {"approved"}


def test_what_the_owner_has_decided_about_a_device_of_the_home_stays(settings: Settings, owner: Connection) -> None:
    prepare_home(settings, owner)
    identity = demo_home(settings.zone).devices[0].identity
    ignore(owner, identity)
    prepare_home(settings, owner)
    assert {row["identity"]: row["status"] for row in list_discovered(owner)}[identity] == "ignored"
