"""What the API tells of itself: a valid OpenAPI document, and a page that needs nobody else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import uvicorn
from browser_world import chromium
from fastapi import FastAPI
from fastapi.routing import APIRoute
from playwright.sync_api import Page
from psycopg.rows import DictRow
from query_api_world import add_device, running_api
from waiting import wait_until

from iot_hub.api.query import query_api
from iot_hub.ingest.http.endpoints import ENDPOINTS
from iot_hub.settings import Settings

METHODS = {"get", "post", "patch", "put", "delete"}
APPS = sorted({endpoint.source for endpoint in ENDPOINTS if endpoint.token_in_path})


@pytest.fixture
def document(settings: Settings) -> dict[str, Any]:
    with running_api(settings) as api:
        first = api.get("/openapi.json").json()
        assert api.get("/openapi.json").json() == first
        return first


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield f"{method.upper()} {path}", operation


def routes(app: FastAPI) -> Iterator[APIRoute]:
    for each in app.routes:
        # A router that is included is one route of its own.
        within = getattr(each, "original_router", None)
        yield from (route for route in (within.routes if within else [each]) if isinstance(route, APIRoute))


def test_every_endpoint_is_described(document: dict[str, Any], settings: Settings) -> None:
    assert document["openapi"].startswith("3.")
    described = {name for name, _ in operations(document)}
    served = {f"{method} {route.path}" for route in routes(query_api(settings)) for method in route.methods or ()}
    served.remove("GET /docs")
    received = {
        "POST /v1/events",
        "POST /mobile_location",
        *(f"POST /{app}/{{token}}" for app in APPS if app != "torque"),
        *(f"GET /{app}/{{token}}" for app in ("gpslogger", "osmand", "torque")),
    }
    assert described == served | received | {"GET /healthz", "GET /readyz", "GET /metrics"}


def test_every_endpoint_has_a_summary_a_tag_and_described_answers(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for name, operation in operations(document):
        assert operation["summary"] and operation["description"], name
        assert set(operation["tags"]) <= tags, name
        for status, response in operation["responses"].items():
            assert resolve(document, response)["description"] not in ("", "Successful Response"), (name, status)
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (name, parameter["name"])


def test_every_field_is_described(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for field, told in schema.get("properties", {}).items():
            assert "description" in resolve(document, told) or "const" in told or "enum" in told, (name, field)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = list(references_in(document))
    assert references
    for reference in references:
        resolve(document, {"$ref": reference})


def test_receiving_tells_its_keys_and_every_status(document: dict[str, Any]) -> None:
    for path in ("/v1/events", "/mobile_location"):
        operation = document["paths"][path]["post"]
        assert set(operation["responses"]) == {
            "200", "202", "400", "401", "403", "413", "415", "422", "429", "503",
        }  # fmt: skip
        assert ways_in(operation) == {"bearer", "apiKey", "basic"}


def test_reading_tells_its_ways_in_and_every_way_is_described(document: dict[str, Any]) -> None:
    ways = {name: ways_in(operation) for name, operation in operations(document) if " /v1/devices" in name}
    assert ways.pop("PATCH /v1/devices/{device_id}") == {"session"}
    assert len(ways) == 7
    assert all(each == {"session", "reader", "readerAsPassword"} for each in ways.values())
    described = set(document["components"]["securitySchemes"])
    assert set().union(*(ways_in(operation) for _, operation in operations(document))) == described


def ways_in(operation: dict[str, Any]) -> set[str]:
    return {name for way in operation.get("security", ()) for name in way}


def resolve(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def references_in(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from references_in(item)


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    """The API behind a real server."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(
                query_api(settings.model_copy(update={"public_dashboard": "yes"})),
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_level="warning",
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(port: int) -> Iterator[Page]:
    # Not localhost, for which the page might make an exception.
    rules = f"--host-resolver-rules=MAP hub.test:80 127.0.0.1:{port}"
    with chromium("--disable-background-networking", rules) as browser:
        yield browser.new_page(viewport={"width": 1200, "height": 1600})


@pytest.mark.browser
def test_the_page_works_and_asks_nobody_else(page: Page, owner: psycopg.Connection[DictRow]) -> None:
    add_device(owner, 1, "Zosia's phone")
    hosts: set[str | None] = set()
    faults: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or urlsplit(request.url).scheme))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("http://hub.test/docs")
    page.get_by_text("Send events", exact=True).wait_for()
    page.get_by_text("All devices", exact=True).click()
    page.get_by_role("button", name="Execute").click()
    page.get_by_text("Zosia's phone").first.wait_for()
    page.get_by_text("All devices", exact=True).click()
    # The examples on the page work as they stand.
    page.get_by_text("A metric by the hour", exact=True).click()
    with page.expect_response("**/hourly?**") as answered:
        page.get_by_role("button", name="Execute").click()
    assert answered.value.json()["metric"] == "battery.level"
    assert faults == []
    assert hosts <= {"hub.test", "data"}
