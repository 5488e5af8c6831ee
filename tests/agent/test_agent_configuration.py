"""The agent's configuration: each mistake is one line that helps, and the documentation has every key."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

from iot_hub.agent.configuration import QUEUE, TABLES, TOP, UPLOAD, configuration, read_configuration
from iot_hub.agent.errors import AgentError
from iot_hub.agent.init import initial_text
from iot_hub.agent.sensors import SENSORS
from iot_hub.agent.sensors.enabled import COMMAND, sensor_table

LEAST = {"address": "https://hub.example", "token": "t"}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "token is missing"),
        ({"token": "t", "address": "hub.example"}, "address must be the hub's"),
        ({"token": "t", "address": "https://me@hub.example"}, "address must be the hub's"),
        ({"token": "t", "address": "https://hub.example/ö"}, "address must be the hub's"),
        ({**LEAST, "token": "t\r\nX: y"}, "without spaces"),
        ({**LEAST, "upload": {"evry": 3}}, r"upload\.evry is unknown. There are: every, readings, timeout"),
        ({**LEAST, "upload": {"every": "soon"}}, r"upload\.every must be a number, such as 300"),
        ({**LEAST, "upload": {"readings": 0}}, "must be 1 at least"),
        ({**LEAST, "upload": 3}, "upload must be a table"),
        ({**LEAST, "tokn": "t"}, "tokn is unknown"),
        ({**LEAST, "ca": "hub.pem", "fingerprint": "00" * 32}, "choose one"),
        ({**LEAST, "fingerprint": "00"}, "64 hexadecimal digits"),
        ({**LEAST, "sensors": {"nose": {}}}, r"sensors\.nose is unknown"),
        ({**LEAST, "sensors": {"battery": {"every": 0}}}, "enabled = false"),
        ({**LEAST, "sensors": {"battery": {"enabled": "no"}}}, "must be true or false"),
        ({**LEAST, "command": {"name": "a"}}, r"\[\[command\]\]"),
        ({**LEAST, "command": [{"name": "a b", "run": "x"}]}, "small letters"),
        ({**LEAST, "command": [{"name": "climate", "run": "x"}]}, "not taken yet"),
        ({**LEAST, "command": [{"name": "a", "run": "x"}, {"name": "a", "run": "y"}]}, "not taken yet"),
        ({**LEAST, "command": [{"name": "a"}]}, "needs run"),
        ({**LEAST, "command": [{"name": "a", "run": "x 'y"}]}, "quotation"),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line_that_helps(told: dict[str, Any], said: str) -> None:
    with pytest.raises(AgentError, match=said):
        configuration(told)


def test_a_configuration_that_is_missing_or_no_toml_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="iot-hub agent init"):
        read_configuration(tmp_path / "none")
    (tmp_path / "bad").write_text("address = ")
    with pytest.raises(AgentError, match="can't be read"):
        read_configuration(tmp_path / "bad")


def test_the_configuration_changes_and_switches_off_sensors() -> None:
    tables = {"battery": {"every": 5}, "gpsd": {"enabled": False}, "termux-location": {"provider": "network"}}
    sensors = {sensor.name: sensor for sensor in configuration({**LEAST, "sensors": tables}).sensors}
    assert sensors["battery"].every == 5
    assert "gpsd" not in sensors
    assert sensors["termux-location"].options["provider"] == "network"
    assert sensors["termux-location"].options["request"] == "once"


def test_init_shows_every_setting_with_its_default() -> None:
    text = initial_text("https://hub.example", "t")
    for table in TABLES.values():
        for name, default in table.items():
            shown = re.search(rf"^# {name} = (\S+)", text, re.MULTILINE)
            assert shown, name
            assert default == "" or json.loads(shown[1]) == default


def test_the_documentation_has_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "agent.md").read_text()
    wanted = {
        "": TOP, "upload.": UPLOAD, "queue.": QUEUE, "command.": COMMAND,
        **{f"sensors.{sensor.name}.": sensor_table(sensor) for sensor in SENSORS},
    }  # fmt: skip
    missing = [
        f"{table}{name}" for table, keys in wanted.items() for name, default in keys.items()
        if not re.search(rf"^\| `{re.escape(table + name)}` \| {re.escape(_shown(default))} \|", page, re.MULTILINE)
    ]  # fmt: skip
    assert missing == []


def _shown(default: object) -> str:
    if isinstance(default, float):
        return f"{default:g}"
    return "–" if default in ("", []) else json.dumps(default)
