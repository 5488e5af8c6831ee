"""The command line: what people and programs see of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import fail, fail_with, run
from events import FIRST_BETA_PROPERTIES, Connection, rows, store
from typer.testing import CliRunner

from iot_hub.cli.main import app
from iot_hub.settings import Settings

pytestmark = pytest.mark.usefixtures("hub_variables")


def test_a_device_is_added_with_a_token_that_is_shown_once(owner: Connection) -> None:
    added = json.loads(run("device", "add", "My phone", "--type", "smartphone", "--json"))
    assert len(added["token"]) == 43
    assert added["token"] not in run("device", "list")
    assert json.loads(run("device", "list", "--json"))[0]["name"] == "My phone"


def test_an_unknown_type_of_device_is_refused_with_the_known_ones() -> None:
    assert "smartphone" in fail("device", "add", "My fridge", "--type", "fridge")


def test_tokens_are_rotated_and_revoked_by_name_or_id(owner: Connection) -> None:
    run("device", "add", "My phone")
    run("token", "rotate", "My phone")
    run("token", "revoke", "1")
    states = rows(owner, "SELECT revoked_at IS NULL AS valid FROM iot_personal_hub.device_tokens")
    assert [row["valid"] for row in states] == [False, False]
    assert "no device" in fail("token", "revoke", "another")


def test_a_password_is_read_from_a_pipe_and_forgotten(owner: Connection) -> None:
    assert "at least 10" in fail_with("short\n", "password")
    assert "The password is set" in run("password", input="correct horse battery\n")
    [kept] = rows(owner, "SELECT hash FROM iot_personal_hub.owner_password")
    assert kept["hash"].startswith("$argon2id$")
    assert "deleted" in run("password", "--remove")
    assert rows(owner, "SELECT hash FROM iot_personal_hub.owner_password") == []


def test_an_area_is_added_listed_and_removed_only_after_a_question(tmp_path: Path) -> None:
    drawn = tmp_path / "home.geojson"
    drawn.write_text('{"type": "Polygon", "coordinates": [[[21, 52], [21.1, 52], [21.1, 52.1], [21, 52]]]}')
    run("area", "add", "home", "--geojson", str(drawn))
    assert CliRunner().invoke(app, ["area", "remove", "home"], input="n\n").exit_code == 1
    assert "home" in run("area", "list")
    run("area", "remove", "home", "--yes")
    assert "No private area yet" in run("area", "list")
    assert "can't be read" in fail("area", "add", "work", "--geojson", str(tmp_path / "none"))


def test_refresh_takes_days_in_the_owners_zone() -> None:
    assert "match" in run("refresh", "--from", "2025-08-01", "--to", "2025-10-15T12:00+02:00")
    assert "before" in fail("refresh", "--from", "2025-08-02", "--to", "2025-08-01")
    assert "ISO 8601" in fail("refresh", "--from", "yesterday", "--to", "2025-08-01")


def test_quarantine_is_listed_shown_and_dropped(owner: Connection) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.quarantine (source, reason, payload) VALUES ('hub', 'not_json', '\\x7b00ff')"
    )
    assert "not_json" in run("quarantine", "list")
    shown = CliRunner().invoke(app, ["quarantine", "show", "1"])
    assert shown.stdout_bytes == b"{\x00\xff"
    assert "1 deleted" in run("quarantine", "drop", "1", "--yes")
    assert "Nothing" in run("quarantine", "list")


def test_decode_prints_what_a_payload_means(tmp_path: Path) -> None:
    payload = tmp_path / "body.json"
    payload.write_text('{"device_id": 1, "device_timestamp": 1755861753.5, "properties": {"a": 1.10}}')
    assert json.loads(run("decode", "automate", str(payload))) == [
        {
            "device": 1,
            "device_time": "2025-08-22T11:22:33.500000Z",
            "time_source": "measured",
            "properties": {"a": 1.1},
        }
    ]


def test_decode_reads_recorded_requests_and_reports_what_is_not_storable(tmp_path: Path) -> None:
    good = '{"device_timestamp": 1755861753, "properties": {}}'
    lines = [json.dumps({"method": "POST", "path": "/x", "headers": {}, "body": body}) for body in (good, "{")]
    recorded = tmp_path / "requests.jsonl"
    recorded.write_text("\n".join(lines))
    result = CliRunner().invoke(app, ["decode", "automate", str(recorded)])
    assert len(json.loads(result.stdout)) == 1
    assert "not_json" in result.stderr
    assert result.exit_code == 1


def test_decode_reads_messages_of_mqtt_in_their_order_with_labels_and_availability(tmp_path: Path) -> None:
    devices = [{"ieee_address": "0x00158d0000000001", "friendly_name": "hall", "type": "Router", "definition": None}]
    messages = [("hall", {"humidity": 61}), ("bridge/devices", devices), ("hall/availability", {"state": "online"})]
    recorded = tmp_path / "home.mqtt.jsonl"
    lines = [{"topic": f"zigbee2mqtt/{topic}", "payload": json.dumps(payload)} for topic, payload in messages]
    recorded.write_text("\n".join(map(json.dumps, lines)))
    arguments = (str(recorded), "--received-at", "2025-10-01T12:00:00Z")
    assert run("decode", "zigbee2mqtt", *arguments) == run("decode", "mqtt", *arguments)
    event, state = json.loads(run("decode", "mqtt", *arguments))
    assert (event["device"], event["label"]) == ("0x00158d0000000001", "hall")
    assert (event["device_time"], event["time_source"]) == ("2025-10-01T12:00:00Z", "received")
    assert event["properties"]["climate"] == {"humidity_percent": 61}
    assert state == {"device": "0x00158d0000000001", "label": "hall", "availability": "online"}


def test_decode_tests_a_mapping_and_says_which_key_is_wrong(tmp_path: Path) -> None:
    recorded, mapping = tmp_path / "home.mqtt.jsonl", tmp_path / "home.toml"
    recorded.write_text('{"topic": "shed/lamp", "payload": "12.5"}\nnonsense')
    mapping.write_text('[[mapping]]\ntopic = "shed/+"\ndevice = "{1}"\nvalues = { "energy.power_W" = "" }')
    assert fail("decode", "mqtt", str(recorded), "--mapping", str(mapping)).startswith("Line 2 is no MQTT message")
    recorded.write_text('{"topic": "shed/lamp", "payload": "12.5"}')
    [event] = json.loads(run("decode", "mqtt", str(recorded), "--mapping", str(mapping)))
    assert (event["device"], event["properties"]["energy"]) == ("mqtt/lamp", {"power_W": 12.5})
    mapping.write_text('[[mapping]]\ntopic = "shed/+"\ndevice = "{2}"\nvalues = { "energy.power_W" = "" }')
    assert fail("decode", "mqtt", str(recorded), "--mapping", str(mapping)) == (
        "home.toml, mapping 1, key device: the topic has 1 wildcards, not 2."
    )


def test_an_unknown_source_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    assert "automate" in fail("decode", "fax", str(tmp_path))


def test_the_viewers_url_names_the_viewer(settings: Settings) -> None:
    assert "iot_hub_viewer:" in run("db", "url", "--viewer")
    assert "iot_hub_viewer" not in run("db", "url")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("IOT_HUB_PORT", "many", "IOT_HUB_PORT"), ("IOT_HUB_TIME_ZONE", "Mars/Olympus", "IANA")],
)
def test_a_wrong_setting_is_one_line(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    ended = subprocess.run([sys.executable, "-m", "iot_hub", "db", "url"], capture_output=True, text=True)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_an_absent_database_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    ended = subprocess.run([sys.executable, "-m", "iot_hub", "device", "list"], capture_output=True, text=True)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert "does not answer" in ended.stderr


def test_a_device_is_added_with_what_to_enter_in_its_app() -> None:
    told = run("device", "add", "My phone", "--app", "owntracks")
    assert re.search(r"^token: \S{43}$", told, re.MULTILINE)
    assert "\n  URL        http://127.0.0.1:8080/owntracks\n" in told
    assert "owntracks:///config?inline=" in told
    assert "▀" not in told  # Not a terminal.
    assert "▀" in run("device", "add", "Another", "--app", "overland", "--qr")


def test_an_unknown_app_is_refused_before_a_device_is_added() -> None:
    assert "owntracks" in fail("device", "add", "My phone", "--app", "pigeon")
    assert "No device yet" in run("device", "list")


def test_a_device_gets_a_token_more_for_another_app_and_the_old_one_goes_on(owner: Connection) -> None:
    added = json.loads(run("device", "add", "My phone", "--json"))
    told = json.loads(run("device", "connect", "My phone", "--app", "overland", "--json"))
    assert told["id"] == added["id"] and told["token"] != added["token"]
    assert {setting["label"]: setting["secret"] for setting in told["settings"]} == {
        "Receiver Endpoint": False,
        "Device ID": False,
        "Access Token": True,
    }
    assert told["link"].startswith("overland://setup?url=http%3A%2F%2F127.0.0.1%3A8080%2Foverland&token=")
    assert "IOT_HUB_HOST" in told["warnings"][0]
    valid = "SELECT count(*) AS valid FROM iot_personal_hub.device_tokens WHERE revoked_at IS NULL"
    assert rows(owner, valid) == [{"valid": 2}]
    run("token", "revoke", "My phone")
    assert rows(owner, valid) == [{"valid": 0}]


def test_waiting_for_the_first_event_ends_with_it(owner: Connection) -> None:
    command = [sys.executable, "-m", "iot_hub", "device", "add", "My phone", "--app", "curl", "--wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as waiting:
        assert waiting.stdout
        next(line for line in waiting.stdout if line.startswith("token:"))
        store(owner, (time.time(), FIRST_BETA_PROPERTIES))
        assert waiting.wait(20) == 0
        assert re.search(r"^✓ First event received at \d\d:\d\d:\d\d: battery, location$", waiting.stdout.read(), re.M)


def test_waiting_in_vain_ends_in_time_and_tells_why(owner: Connection) -> None:
    store(owner, (time.time(), {"a": 1}))  # Before there was a token.
    result = CliRunner().invoke(app, ["device", "add", "My phone", "--timeout", "0"])
    assert (result.exit_code, "No event yet" in result.stderr) == (1, True)
    owner.execute(
        "INSERT INTO iot_personal_hub.quarantine (device_id, source, reason, payload, last_received)"
        " VALUES (1, 'owntracks', 'key_missing', '', now() + interval '1 minute')"
    )
    result = CliRunner().invoke(app, ["device", "connect", "1", "--app", "owntracks", "--timeout", "0"])
    assert (result.exit_code, "key_missing" in result.stderr) == (1, True)
    result = CliRunner().invoke(app, ["device", "connect", "1", "--app", "overland", "--timeout", "0", "--json"])
    assert '"first_event": null' in result.stdout
