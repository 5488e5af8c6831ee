"""Metrics, alerts and dashboard hold together: on a real hub, in a real Prometheus, as the real viewer."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from hub_process import Hub
from monitoring_world import (
    LATITUDE,
    LONGITUDE,
    METRIC,
    SECRET_TOKEN,
    alerts,
    dashboard,
    prometheus,
    promtool,
    scrape,
    send,
    targets,
    watched_hub,
)
from paths import ROOT
from prometheus_client.parser import text_string_to_metric_families
from waiting import wait_until

pytestmark = pytest.mark.hub

PAGE = (ROOT / "docs" / "observability.md").read_text()
OF_A_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with watched_hub() as running:
        yield running


@pytest.fixture(scope="module")
def page(hub: Hub) -> str:
    return scrape(hub)


def families(page: str) -> set[str]:
    """The hub's own metrics, as they are asked for."""
    found = text_string_to_metric_families(page)
    names = {each.name + ("_total" if each.type == "counter" else "") for each in found}
    return {name for name in names if name.startswith("iot_hub_")}


def test_the_scrape_is_as_prometheus_wants_it(page: str) -> None:
    checked = promtool("check", "metrics", given=page)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_every_metric_has_its_row_in_the_documentation_and_every_row_its_metric(page: str) -> None:
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `iot_hub_")]
    assert families(page) == {name for row in rows for name in METRIC.findall(row)}


def test_what_alerts_and_dashboard_ask_for_is_there(page: str) -> None:
    asked = {name for rule in alerts() for name in METRIC.findall(rule["expr"])}
    asked |= {name for _, expression in targets("expr") for name in METRIC.findall(expression)}
    assert {OF_A_HISTOGRAM.sub("", name) for name in asked} - families(page) == set()


def test_every_role_is_told_of(page: str) -> None:
    for role in ("api", "worker", "dashboard", "nginx", "postgresql"):
        assert f'iot_hub_role_up{{role="{role}"}} 1.0' in page
        [memory] = re.findall(rf'iot_hub_role_memory_bytes{{role="{role}"}} (\S+)', page)
        assert float(memory) > 1_000_000


def test_metrics_have_no_position(page: str) -> None:
    assert "45.27" not in page and "13.31" not in page


def test_whoever_comes_through_a_forwarder_gets_none_whatever_name_is_asked_for(hub: Hub) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.1")) as own:
        assert hub.metrics().status_code == 200
        for headers in ({}, {"Host": "localhost"}, {"X-Forwarded-For": "192.0.2.7"}):
            assert own.get(f"{hub.url}/metrics", headers=headers).status_code == 403
        assert own.get(f"{hub.url}/metrics", headers={"Host": "evil.example"}).status_code == 421
        assert own.get(f"{hub.url}/metrics/").status_code != 200


def test_nginx_names_each_request_and_takes_no_name_from_outside(hub: Hub) -> None:
    answers = [send(hub, "[]", **{"X-Request-ID": "0123456789abcdef"}) for _ in range(2)]
    ids = [answer.headers.get_list("x-request-id") for answer in answers]
    assert [len(each) for each in ids] == [1, 1]
    assert all(re.fullmatch("[0-9a-f]{32}", each[0]) for each in ids)
    assert ids[0] != ids[1]
    assert hub.metrics().headers["x-request-id"]
    refused = send(hub, "[]", token=SECRET_TOKEN)
    assert refused.headers["x-request-id"] in Path(hub.environment["IOT_HUB_HOME"], "log", "api.log").read_text()


def test_no_log_of_any_role_holds_a_token_or_a_coordinate(hub: Hub) -> None:
    with_query = f"{hub.url}/v1/events?token={SECRET_TOKEN}&lat={LATITUDE}"
    # nginx has something to say of a body that does not fit into its memory, and of one that is too large.
    statuses = [httpx.post(with_query, content=b" " * size).status_code for size in (10, 1_000_000, 9_000_000)]
    assert statuses == [401, 401, 413]
    logs = {path.name: path.read_text() for path in Path(hub.environment["IOT_HUB_HOME"], "log").iterdir()}
    assert {"api.log", "worker.log", "dashboard.log", "nginx.log", "postgresql.log"} <= set(logs)
    assert "committed" in logs["api.log"]
    for secret in (SECRET_TOKEN, hub.environment["DEVICE_TOKEN"], str(LATITUDE), str(LONGITUDE)):
        assert [name for name, text in logs.items() if secret in text] == []


def test_prometheus_reads_it_and_answers_every_panel(hub: Hub, tmp_path: Path) -> None:
    with prometheus(hub, tmp_path) as server:

        def ask(expression: str) -> list[Any]:
            answer = server.get("/query", params={"query": expression.replace("$__rate_interval", "1m")}).json()
            assert answer["status"] == "success", (expression, answer)
            return list(answer["data"]["result"])

        # Two scrapes: a rate needs as many.
        wait_until(lambda: ask("count_over_time(up[1m]) >= 2 and up == 1"), 30)

        def empty() -> list[str]:
            return [title for title, expression in targets("expr") if not ask(expression)]

        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not empty(), 20)
        assert empty() == []
        groups = server.get("/rules").json()["data"]["groups"]
        wait_until(lambda: all(rule["health"] == "ok" for rule in _rules(server)), 30)
        assert len([rule for group in groups for rule in group["rules"]]) == len(alerts())
        firing = {rule["name"] for rule in _rules(server) if rule["state"] == "firing"}
        assert firing - {"IotHubRejectsEvents", "IotHubDiskNearlyFull"} == set()


def _rules(server: httpx.Client) -> list[dict[str, Any]]:
    return [rule for group in server.get("/rules").json()["data"]["groups"] for rule in group["rules"]]


def expanded(statement: str, device: str, metric: str) -> str:
    """Write a statement as Grafana sends it."""
    now = datetime.now(UTC)
    span = f"BETWEEN '{(now - timedelta(days=7)).isoformat()}' AND '{now.isoformat()}'"
    statement = re.sub(r"\$__timeFilter\(([a-z_.]+)\)", rf"\1 {span}", statement)
    return statement.replace("$device", f"'{device}'").replace("$metric", f"'{metric}'")


def test_every_query_of_the_dashboard_gives_rows_to_the_viewer(hub: Hub) -> None:
    with psycopg.connect(hub.command("db", "url", "--viewer").stdout.strip()) as viewer:

        def ask(statement: str, device: str = "1", metric: str = "battery.voltage_V") -> list[tuple[Any, ...]]:
            asked = expanded(statement, device, metric)
            assert "$" not in asked
            return viewer.execute(asked).fetchall()

        variables = {
            each["name"]: each["query"] for each in dashboard()["templating"]["list"] if each["type"] == "query"
        }
        assert ask(variables["device"]) == [("My phone", 1)]
        assert ("battery.voltage_V",) in ask(variables["metric"])
        assert {title: len(ask(statement)) > 0 for title, statement in targets("rawSql")} == {
            title: True for title, _ in targets("rawSql")
        }
        assert len(targets("rawSql")) >= 7


def test_the_dashboard_is_one_that_grafana_can_lay_out() -> None:
    board = dashboard()
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [cell for panel in panels for cell in _cells(panel["gridPos"])]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    variables = {each["name"]: each for each in board["templating"]["list"]}
    sources = [target["datasource"] for panel in panels for target in panel.get("targets", ())]
    for source in [*sources, *(each["datasource"] for each in variables.values() if each["type"] == "query")]:
        assert variables[source["uid"].strip("${}")]["query"] == source["type"]


def _cells(place: dict[str, int]) -> list[tuple[int, int]]:
    return [
        (x, y)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]  # fmt: skip
