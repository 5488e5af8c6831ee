"""Each source is complete: its page, its row, its fixtures, its address. What a page shows is what comes of it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fixture_meaning import FIXTURES, fixtures
from paths import ROOT

from iot_hub.access.pairing.apps import APPS
from iot_hub.access.pairing.pairing import Pairing
from iot_hub.api.query.openapi import with_plain_receivers
from iot_hub.event import Event
from iot_hub.ingest.http.app_responses import EMPTY
from iot_hub.ingest.http.endpoints import ENDPOINTS, WITHOUT_ADDRESS, plain_endpoints
from iot_hub.operations.nginx.configuration import Upstreams, configuration
from iot_hub.settings import Settings
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.timestamps import isoformat

PAGES = ROOT / "docs" / "sources"
PAIRING = Pairing("https://hub.example", "TOKEN", "phone")
HEADINGS = ["Set it up", "What the hub makes of it", "What is answered", "What is not kept", "Quirks"]
GROUPS = {"location", "battery", "climate", "air", "energy", "motion", "network", "vehicle", "event", "state"}
RECEIVING = json.loads((ROOT / "iot_hub" / "api" / "query" / "receiving.json").read_text())
RECEIVED = ParseContext(received_at=1_759_320_000_000_000)  # 2025-10-01T12:00:00Z
_EXAMPLE = re.compile(
    r'^```\w+ title="(payload|query)"\n(.*?)^```$(.*?)(?=^```\w+ title="(?:payload|query)"|\Z)', re.M | re.S
)
_EVENTS = re.compile(r'^```json title="events"\n(.*?)^```$', re.M | re.S)


def page_of(source: str) -> str:
    path = PAGES / f"{source}.md"
    assert path.is_file(), f"write {path.relative_to(ROOT)}"
    return path.read_text(encoding="utf-8")


def examples_of(source: str) -> list[tuple[str, str]]:
    """Each payload that a page shows, and what it says comes of it."""
    return [(payload, _EVENTS.findall(rest)[0]) for _, payload, rest in _EXAMPLE.findall(page_of(source))]


def shown(event: Event, source: str) -> dict[str, Any]:
    """An event as the pages write it: its time, and its properties without the source's own message."""
    properties = json.loads(event.properties)
    properties.pop(source, None)
    return {"at": isoformat(event.device_time), **properties}


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_page_shows_is_what_the_source_makes_of_it(source: str) -> None:
    examples = examples_of(source)
    assert examples
    for payload, told in examples:
        events = SOURCES[source](payload.strip().encode(), RECEIVED)
        assert [shown(event, source) for event in events if isinstance(event, Event)] == [
            json.loads(line) for line in told.splitlines()
        ]
        assert all(isinstance(event, Event) for event in events)


@pytest.mark.parametrize("source", SOURCES)
def test_a_page_has_the_headings_of_its_neighbours(source: str) -> None:
    page = page_of(source)
    assert re.findall(r"^## (.*)", page, re.MULTILINE) == HEADINGS
    assert "**Unknown** is" in page


@pytest.mark.parametrize("source", SOURCES)
def test_a_page_names_every_canonical_property_that_its_examples_give(source: str) -> None:
    tables = "\n".join(line for line in page_of(source).splitlines() if line.startswith("|"))
    given = [json.loads(line) for _, told in examples_of(source) for line in told.splitlines()]
    names = {(group, name) for event in given for group in GROUPS & set(event) for name in event[group]}
    assert [
        (group, name) for group, name in sorted(names) if f"`{group}" not in tables or f"{name}`" not in tables
    ] == []


@pytest.mark.parametrize("key", [key for key, app in APPS.items() if app.source])
def test_a_page_has_the_settings_that_pairing_shows(key: str) -> None:
    app = APPS[key]
    page = page_of(app.source or "")
    assert f"--app {key}" in page
    if not app.source == "hub":
        assert [each.label for each in app.settings(PAIRING) if each.label not in page] == []


def test_every_page_is_of_a_source() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == set(SOURCES)


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_has_its_row_among_the_apps(source: str) -> None:
    page = (ROOT / "docs" / "connect.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("|") and f"| `{source}` |" in line]
    assert len([row for row in rows if f"(sources/{source}.md)" in row]) == 1
    # A Nextcloud has its paths behind index.php too.
    paths = {path.removeprefix("/index.php") for path in paths_of(source)}
    assert [path for path in paths if f"`{path}" not in "".join(rows)] == []


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_has_payloads_of_the_real_app_with_their_meaning(source: str) -> None:
    known = fixtures(source)
    assert known, f"put a payload and its NAME.expected.json into {FIXTURES / source}"
    described = (FIXTURES / "README.md").read_text()
    without_origin = [each.payload.name for each in known if "origin" not in each.expected]
    assert [name for name in without_origin if f"`{source}/{name}`" not in described] == []


@pytest.mark.parametrize("source", sorted(set(SOURCES) - WITHOUT_ADDRESS))
def test_a_source_has_an_address_which_the_openapi_document_tells_of(source: str) -> None:
    described = with_plain_receivers(RECEIVING, ENDPOINTS)["paths"]
    assert paths_of(source)
    assert {path.removesuffix("/{token}") for path in described} & set(paths_of(source))


def test_a_source_is_described_as_a_plain_app_only_where_it_gets_a_plain_apps_response() -> None:
    described_by_hand = {path.removesuffix("/{token}") for path in RECEIVING["paths"]}
    known = {endpoint.source for endpoint in ENDPOINTS if endpoint.path in described_by_hand}
    as_plain = {endpoint.source: endpoint for endpoint in reversed(ENDPOINTS) if endpoint.source not in known}
    assert [source for source, endpoint in as_plain.items() if endpoint.response_format is not EMPTY] == []


def test_a_source_with_no_more_than_its_row_has_an_address_and_is_described() -> None:
    [endpoint] = plain_endpoints(["overland", "termux", "weather"], ENDPOINTS)
    assert (endpoint.path, endpoint.source, endpoint.token_in_path) == ("/weather", "weather", True)
    document = with_plain_receivers(RECEIVING, [*ENDPOINTS, endpoint])
    [added] = set(document["paths"]) - set(with_plain_receivers(RECEIVING, ENDPOINTS)["paths"])
    assert added == "/weather/{token}"
    operations = document["paths"][added].values()
    assert {each["operationId"] for each in operations} == {"send_weather", "send_weather_by_query"}
    assert not [each for each in operations if "osmand" in json.dumps(each).lower()]


@pytest.fixture(scope="module")
def nginx_locations(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The patterns of paths that nginx hands to the API."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), port=8080)
    text = configuration(settings, Upstreams("127.0.0.1:8081", "127.0.0.1:8501"))
    return re.findall(r"location ~\* (\S+) \{\n\s*proxy_pass http://api;", text)


# The root is the dashboard's, but for reports: tests/operations/test_wrong_addresses.py.
@pytest.mark.parametrize("endpoint", [each for each in ENDPOINTS if each.path != "/"], ids=lambda each: each.path)
def test_nginx_hands_an_address_to_the_api_with_a_token_and_without(endpoint: Any, nginx_locations: list[str]) -> None:
    wanted = [endpoint.path, *([f"{endpoint.path}/T-o_k3n"] if endpoint.token_in_path else [])]
    assert [path for path in wanted if not any(re.search(pattern, path, re.I) for pattern in nginx_locations)] == []


def paths_of(source: str) -> list[str]:
    return [endpoint.path for endpoint in ENDPOINTS if endpoint.source == source]
