"""Everything that docs/automate.md tells people to paste, and what comes of it, goes to a real hub."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from events import Connection, rows
from hub_server import running_api
from paths import ROOT
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.event import Event, Rejected
from iot_hub.settings import Settings
from iot_hub.sources import SOURCES, ParseContext

pytestmark = pytest.mark.hub

GUIDE = (ROOT / "docs" / "automate.md").read_text()
RAW = "SELECT * FROM iot_personal_hub.raw_devices_properties ORDER BY id"
PAYLOADS = re.findall(r'```json title="payload"\n(.*?)```', GUIDE, re.DOTALL)
[EXPRESSION] = re.findall(r'```text title="reading"\njsonEncode\((.*?)\)\n```', GUIDE, re.DOTALL)
VARIABLES = re.findall(r"`(\w+)`", GUIDE[GUIDE.index("| **Battery properties**") : GUIDE.index("| **Variable set**")])


@pytest.fixture
def api(settings: Settings, owner: Connection) -> Iterator[httpx.Client]:
    with running_api(settings) as client:
        _, token = add_device(owner, "phone", "smartphone")
        client.headers["X-API-Key"] = token
        wait_until(lambda: client.post("/v1/events", content=b"[]").status_code == 200)
        yield client


def filled(expression: str, number: int) -> dict[str, Any]:
    """What Automate makes of the expression: its variables' values in their places."""
    values = {name: str(number + place) for place, name in enumerate(dict.fromkeys(VARIABLES))}
    values |= {
        "Now": str(1_755_861_000 + number),
        "latitude": "52.2",
        "longitude": "21.0",
        "fix_timestamp": "1755860000",
    }
    text = re.sub(r": ([A-Za-z_]+)(?=[,}])", lambda match: f": {values[match[1]]}", expression)
    return json.loads(text)  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", ["/v1/events", "/mobile_location"])
@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_of_the_guide_is_stored_and_a_second_time_nothing(
    payload: str, path: str, api: httpx.Client, owner: Connection
) -> None:
    assert api.post(path, content=payload).status_code == 200
    stored = rows(owner, RAW)
    assert len(stored) == payload.count("device_timestamp")
    assert api.post(path, content=payload, headers={"Content-Type": "application/x-ndjson"}).status_code == 200
    assert rows(owner, RAW) == stored


def test_the_expression_gives_every_key_of_the_payload_beneath_it() -> None:
    given, shown = filled(EXPRESSION, 1), json.loads(PAYLOADS[0])
    assert {group: list(keys) for group, keys in given["properties"].items()} == {
        group: list(keys) for group, keys in shown["properties"].items()
    }


def test_a_buffered_file_is_stored_reading_by_reading_and_its_torn_end_is_kept_apart(
    api: httpx.Client, owner: Connection
) -> None:
    file = "".join(json.dumps(filled(EXPRESSION, number)) + "\n" for number in range(100))
    answer = api.post("/v1/events", content=file[:-30], headers={"Content-Type": "application/x-ndjson"})
    assert answer.json() == {"stored": 99, "duplicates": 0, "rejected": [{"index": 99, "reason": "not_json"}]}
    again = api.post("/mobile_location", content=file)
    assert (again.status_code, again.json()) == (200, {"message": "Lokalizacja odbierana"})
    assert len(rows(owner, RAW)) == 100


def test_the_first_betas_path_says_which_of_a_file_were_not_stored(api: httpx.Client) -> None:
    file = b'{"device_timestamp":1755861753,"properties":{"a":1}}\n{"device_timestamp":1,"properties":{}}'
    answer = api.post("/mobile_location", content=file)
    assert answer.status_code == 200
    assert answer.json()["rejected"] == [{"index": 1, "reason": "time_too_old"}]


@pytest.mark.parametrize("between", ["", "\n", "\r\n", " ", ",", ",\n"])
def test_readings_are_told_apart_whatever_stands_between_them(between: str) -> None:
    readings = [{"device_timestamp": 1755861753 + n, "properties": {"text": "}{", "n": {"é": n}}} for n in range(3)]
    file = between.join(json.dumps(reading, ensure_ascii=False, separators=(",", ":")) for reading in readings).encode()
    items = SOURCES["automate"](file, ParseContext(1_758_000_000_000_000))
    assert [json.loads(item.properties) for item in items if isinstance(item, Event)] == [
        reading["properties"] for reading in readings
    ]


def test_a_reading_cut_off_amid_others_spoils_only_what_follows_it() -> None:
    file = b'{"device_timestamp":1755861753,"properties":{}}{"device_timestamp":1755861754,"prop'
    first, torn = SOURCES["automate"](file, ParseContext(1_758_000_000_000_000))
    assert isinstance(first, Event)
    assert torn == Rejected(1, b'{"device_timestamp":1755861754,"prop', "not_json")


def test_a_line_that_is_no_text_spoils_no_other() -> None:
    good = b'{"device_timestamp":1755861753,"properties":{}}'
    items = SOURCES["automate"](good + b"\n}{\xff\n" + good, ParseContext(1_758_000_000_000_000))
    before, *spoiled, after = items
    assert isinstance(before, Event)
    assert isinstance(after, Event)
    assert b"".join(item.payload for item in spoiled if isinstance(item, Rejected)) == b"}{\xff"
