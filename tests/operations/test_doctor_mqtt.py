"""What the doctor says of MQTT."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from iot_hub.ingest.mqtt.status import Status, write_status
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding
from iot_hub.operations.doctor.mqtt_check import mqtt
from iot_hub.operations.mosquitto.refusals import refusals
from iot_hub.settings import Settings


def finding(home: Path, **fields: object) -> Finding:
    now = time.time()
    shown = {"state": "connected", "broker": "broker.example:1883", "written": now, "since": now, **fields}
    write_status(home, Status(**shown))  # type: ignore[arg-type]
    return mqtt(DiagnosticContext(Settings(home=home, mqtt_url=SecretStr("mqtt://broker.example")), None))


def test_logins_that_the_broker_refuses_are_counted_for_an_hour(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    now, before = (time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() - ago)) for ago in (5, 7_200))
    (tmp_path / "log" / "broker.log").write_text(
        "1795952955: Note: no time\n"
        f"{before}: Client <unknown> disconnected, not authorised.\n"
        f"{now}: Client <unknown> disconnected, not authorised.\n"
        f"{now}: Denied PUBLISH from plug (d0, q1, r0, m1, 'iot-hub/6/events', ... (2 bytes))\n"
    )
    assert refusals(tmp_path) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "state", "words"),
    [
        ({"messages": 5}, "ok", "5 messages"),
        ({"state": "old_protocol", "why": "MQTT 3.1.1"}, "problem", "MQTT 3.1.1"),
        ({"state": "refused", "why": "wrong user or password"}, "problem", "wrong user"),
        ({"written": time.time() - 300}, "warning", "not running"),
        ({"session_lost": time.time() - 60}, "warning", "had forgotten the hub"),
        ({"dropped": 7}, "warning", "dropped 7 messages"),
        ({"unacknowledgeable": 3, "messages": 9}, "warning", "3 of 9 messages came at QoS 0"),
        ({"waiting": 900, "behind_seconds": 200.0}, "warning", "900 messages wait"),
    ],
)
def test_it_names_what_is_at_risk(tmp_path: Path, fields: dict[str, object], state: str, words: str) -> None:
    found = finding(tmp_path, **fields)
    assert found.state == state
    assert words in found.message
    assert bool(found.advice) == (state != "ok")
