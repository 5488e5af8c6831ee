"""What the doctor says of MQTT."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from iot_hub.ingest.mqtt.status import Status, write_status
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding
from iot_hub.operations.doctor.mqtt_check import mqtt
from iot_hub.settings import Settings


def finding(home: Path, **fields: object) -> Finding:
    now = time.time()
    shown = {"state": "connected", "broker": "broker.example:1883", "written": now, "since": now, **fields}
    write_status(home, Status(**shown))  # type: ignore[arg-type]
    return mqtt(DiagnosticContext(Settings(home=home, mqtt_url=SecretStr("mqtt://broker.example")), None))


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
