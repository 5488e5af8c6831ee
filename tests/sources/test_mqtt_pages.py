"""What a page about MQTT shows is what becomes of its messages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from mqtt_world import NOW
from paths import ROOT

from iot_hub.event import Event
from iot_hub.sources.mqtt import HomeSettings
from iot_hub.sources.mqtt.mapping import read_keys, read_mappings
from iot_hub.timestamps import isoformat
from iot_hub.transfer.mqtt_messages import DecodedMessages, decode_messages

pytestmark = pytest.mark.pure

FOLDER = ROOT / "docs" / "sources" / "mqtt"
PAGES = [page for page in sorted(FOLDER.glob("*.md")) if page.name != "index.md"]


def blocks(page: str, title: str) -> list[str]:
    return re.findall(rf'^```\w+ title="{title}"\n(.*?)^```$', page, re.M | re.S)


def shown(decoded: DecodedMessages) -> list[dict[str, Any]]:
    found = []
    for device, item in decoded.items:
        named = {"device": device, **({"label": label} if (label := decoded.label(device)) else {})}
        if isinstance(item, Event):
            properties = json.loads(item.properties)
            properties.pop(item.source)
            found.append({**named, "at": isoformat(item.device_time), **properties})
        else:
            found.append({**named, "availability": item})
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_shows_is_what_the_hub_makes_of_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    [messages], [meaning] = blocks(text, "messages"), blocks(text, "meaning")
    mappings = tuple(each for block in blocks(text, "mapping") for each in read_mappings(block.encode(), page.name))
    decoded = decode_messages(messages.encode(), NOW, HomeSettings(mappings=mappings))
    assert decoded.rejected == []
    assert shown(decoded) == [json.loads(line) for line in meaning.splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_mapping_that_a_page_shows_is_a_mapping(page: Path) -> None:
    for block in re.findall(r"^```toml.*?\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
        assert read_mappings(block.encode(), page.name) or read_keys(block.encode(), page.name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_says_what_to_enter_where(page: Path) -> None:
    _, said, rest = page.read_text(encoding="utf-8").partition("## Set it up\n")
    section = rest.partition("\n## ")[0]
    assert said
    assert any(word in section for word in ("TOKEN", "index.md#connect-a-device", "home-assistant.md#"))


def test_the_first_page_leads_to_each_other() -> None:
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if f"({page.name})" not in index] == []
