"""``/metrics``: what it tells, to whom, and what it leaves out while nobody knows."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from database_faults import database_away
from events import Connection, add_device, refresh, store
from hub_server import running_api
from metric_samples import Samples, samples
from prometheus_client import CollectorRegistry, Gauge
from pydantic import SecretStr
from slow_bodies import LARGEST, fill, serving
from waiting import wait_until

from iot_hub.access.devices import add_device as add_device_with_token
from iot_hub.archive.backup.metrics import measure_storage
from iot_hub.files.own_secrets import METRICS_TOKEN, own_secret
from iot_hub.metrics.role_files import FRESH_SECONDS, read_roles, write_role
from iot_hub.settings import Settings
from iot_hub.worker.metrics import WorkMetrics

pytestmark = pytest.mark.hub

TOKEN = "a-token-of-the-owner's-prometheus"


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    with running_api(settings) as client:
        wait_until(lambda: client.get("/readyz").json()["status"] == "ready")
        yield client


def scrape(api: httpx.Client) -> Samples:
    return samples(api.get("/metrics").raise_for_status().text)


def value(given: Samples, name: str, /, **labels: str) -> float | None:
    return given.get((name, tuple(sorted(labels.items()))))


def test_every_request_counts_by_receipt_or_by_why_it_was_refused(settings: Settings, owner: Connection) -> None:
    token = add_device_with_token(owner, "phone", "smartphone")[1]
    with running_api(settings.model_copy(update={"max_body_bytes": 1000})) as api:
        wait_until(lambda: post(api, token, b"[]") == 200)
        before = scrape(api)
        statuses = [post(api, token, b"[" + event(1) + b"," + event(1) + b"," + event(2) + b"]"), post(api, "no", b"")]
        statuses += [post(api, token, b"x" * 2000), post(api, token, b"{broken")]
        assert statuses == [200, 401, 413, 422]
        after = scrape(api)

    def grew(name: str, **labels: str) -> float:
        return (value(after, name, source="hub", **labels) or 0) - (value(before, name, source="hub", **labels) or 0)

    receipts = ("stored", "duplicate", "rejected", "spooled")
    assert [grew("iot_hub_events_total", receipt=each) for each in receipts] == [2, 1, 1, 0]
    reasons = ("unauthorized", "too_large", "overloaded_events")
    assert [grew("iot_hub_requests_refused_total", reason=each) for each in reasons] == [1, 1, 0]
    assert value(after, "iot_hub_commit_events_count") == (value(before, "iot_hub_commit_events_count") or 0) + 1
    assert value(after, "iot_hub_commit_events_sum") == (value(before, "iot_hub_commit_events_sum") or 0) + 3
    assert value(after, "iot_hub_commit_seconds_count") == value(after, "iot_hub_commit_events_count")


def post(api: httpx.Client, token: str, body: bytes) -> int:
    return api.post("/v1/events", headers={"X-API-Key": token}, content=body).status_code


def event(second: int) -> bytes:
    return b'{"device_timestamp":%d,"properties":{}}' % (1755861753 + second)


def test_what_admission_turns_away_counts_by_what_there_was_too_much_of(settings: Settings, owner: Connection) -> None:
    token = add_device_with_token(owner, "phone", "smartphone")[1]
    with serving(settings.model_copy(update={"max_body_bytes": LARGEST}), token) as api:

        def turned_away() -> float:
            return value(scrape(api), "iot_hub_requests_refused_total", source="hub", reason="overloaded_bodies") or 0

        before = turned_away()
        with contextlib.ExitStack() as stack:
            fill(api, token, stack)
            assert turned_away() > before


def test_what_the_database_knows_is_told(api: httpx.Client, owner: Connection) -> None:
    add_device(owner, 7, 'a "phone"')
    now = datetime.now(UTC)
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    store(owner, *((noon.timestamp() - 86_400 * day, {"day": day}) for day in range(1, 5)), device_id=7)
    # A wrong clock's event does not make a silent device seem well.
    store(owner, (now.timestamp() + 86_400, {"clock": "wrong"}), device_id=7)
    assert value(scrape(api), "iot_hub_roll_ups_stale") == 5
    refresh(owner)
    told = scrape(api)
    assert value(told, "iot_hub_database_up") == 1
    assert value(told, "iot_hub_roll_ups_stale") == 0
    seen = value(told, "iot_hub_device_last_seen_timestamp_seconds", device="7", name='a "phone"')
    assert seen == (noon - timedelta(days=1)).timestamp()
    assert value(told, "iot_hub_archive_lag_seconds") == 4 * 86_400
    assert value(told, "iot_hub_archive_written_timestamp_seconds") is None
    archive(owner, 3)
    assert value(scrape(api), "iot_hub_archive_lag_seconds") == 2 * 86_400
    archive(owner, 1)
    told = scrape(api)
    assert value(told, "iot_hub_archive_lag_seconds") == 0
    assert abs((value(told, "iot_hub_archive_written_timestamp_seconds") or 0) - time.time()) < 60


def archive(owner: Connection, days_ago: int) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.archive_objects (device_id, date, path, events, bytes, sha256, fingerprint,"
        " min_time, max_time) VALUES (7, (now() AT TIME ZONE 'UTC')::date - %s, 'a', 1, 1, sha256(''),"
        " substring(sha256('') FROM 1 FOR 16), now(), now())",
        (days_ago,),
    )


def test_while_the_database_is_away_its_figures_are_missing_and_no_zeros(api: httpx.Client, owner: Connection) -> None:
    assert value(scrape(api), "iot_hub_roll_ups_stale") == 0
    with database_away(owner):
        told = scrape(api)
    assert value(told, "iot_hub_database_up") == 0
    for name in ("iot_hub_roll_ups_stale", "iot_hub_quarantine_payloads", "iot_hub_archive_lag_seconds"):
        assert value(told, name) is None
    assert value(told, "iot_hub_spool_events") == 0


def test_a_locked_table_keeps_no_scrape_waiting(api: httpx.Client, owner: Connection) -> None:
    with owner.transaction():
        owner.execute("LOCK TABLE iot_personal_hub.raw_devices_properties IN ACCESS EXCLUSIVE MODE")
        told = scrape(api)
    assert (value(told, "iot_hub_database_up"), value(told, "iot_hub_roll_ups_stale")) == (1, 0)
    assert "iot_hub_device_last_seen_timestamp_seconds" not in {name for name, _ in told}


STRANGERS: list[dict[str, str]] = [
    # A program of this machine, or whoever comes through a TCP forwarder: nobody can tell.
    {},
    {"Host": "localhost:8080"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-For": "192.0.2.7"},
    {"X-Forwarded-For": "192.0.2.7, 127.0.0.1"},
    {"Authorization": "Bearer guessed"},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer None"},
    {"Authorization": f"Basic {TOKEN}", "X-Forwarded-For": "192.0.2.7"},
]


def test_no_request_without_the_token_reads_metrics_wherever_it_comes_from(settings: Settings) -> None:
    for own, token in ((None, own_secret(settings.home, METRICS_TOKEN)), (SecretStr(TOKEN), TOKEN)):
        with running_api(settings.model_copy(update={"metrics_token": own})) as api:
            api.event_hooks["request"].clear()
            for headers in STRANGERS:
                refused = api.get("/metrics", headers=headers)
                assert (refused.status_code, refused.json()["error"]["code"]) == (403, "metrics_closed"), headers
            by_token = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "192.0.2.7", "Host": "localhost"}
            assert api.get("/metrics", headers=by_token).status_code == 200
            assert api.get("/metrics", headers=by_token | {"Host": "evil.example"}).status_code == 421


def test_the_token_of_metrics_is_for_the_hubs_user_alone(settings: Settings) -> None:
    with running_api(settings):
        assert (settings.home / "secrets" / "metrics-token").stat().st_mode & 0o077 == 0


def test_what_a_role_wrote_is_handed_out_and_what_is_old_is_not(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    Gauge("iot_hub_something", "Something.", registry=registry).set(7)
    write_role(tmp_path, "worker", registry)
    told = samples(read_roles(tmp_path).decode())
    assert value(told, "iot_hub_something") == 7
    assert abs((value(told, "iot_hub_role_written_timestamp_seconds", role="worker") or 0) - time.time()) < 60
    [path] = (tmp_path / "metrics").iterdir()
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)
    old = time.time() - FRESH_SECONDS - 1
    os.utime(path, (old, old))
    told = samples(read_roles(tmp_path).decode())
    assert value(told, "iot_hub_something") is None
    assert value(told, "iot_hub_role_written_timestamp_seconds", role="worker") == pytest.approx(old)


def test_a_home_that_can_not_be_written_stops_no_work(tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("a file is in the way")
    write_role(tmp_path, "worker", CollectorRegistry())
    assert read_roles(tmp_path) != b""


def test_the_worker_leaves_what_its_passes_took(tmp_path: Path) -> None:
    metrics = WorkMetrics(tmp_path)
    metrics.passed(0, 0.5)
    told = samples((tmp_path / "metrics" / "worker.prom").read_text())
    assert value(told, "iot_hub_roll_up_seconds_count") == 0
    metrics.stop()
    metrics = WorkMetrics(tmp_path)
    metrics.passed(30, 0.7)
    told = samples((tmp_path / "metrics" / "worker.prom").read_text())
    assert value(told, "iot_hub_roll_up_seconds_bucket", le="0.5") == 0
    assert value(told, "iot_hub_roll_up_seconds_bucket", le="1.0") == 1
    assert value(told, "iot_hub_roll_up_marks_total") == 30
    metrics.stop()


def test_the_worker_has_the_storage_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_HUB_HOME", str(tmp_path))
    metrics = WorkMetrics(tmp_path, measure_after=0)
    metrics.tick()
    wait_until((tmp_path / "metrics" / "storage.prom").exists, 60)
    metrics.stop()


def test_a_storage_without_a_backup_tells_of_none_and_makes_no_folder(settings: Settings) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    measure_storage(settings)
    assert (settings.home / "metrics" / "storage.prom").read_bytes() == b""
    assert not (settings.home / "archive").exists()
