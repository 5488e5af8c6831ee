"""The doctor: a healthy hub is told so, a sick one what to do, and no check ever raises."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from doctor_world import finding, hub_settings, look
from events import Connection, add_device, refresh, store
from hub_process import Hub, free_port, running_hub
from pydantic import SecretStr

from iot_hub.archive.backup.create import make_backup
from iot_hub.archive.backup.manifest import Manifest, write_manifest
from iot_hub.operations.doctor.checks import CHECKS, Check, run_check, run_checks
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding
from iot_hub.settings import Settings

__all__ = ["hub_settings"]


@contextlib.contextmanager
def answering(hub_settings: Settings, status: int, body: bytes) -> Iterator[None]:
    """Something that answers on the hub's port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer((hub_settings.host, hub_settings.port), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield
        finally:
            server.shutdown()


def spooled(events: int, size: int = 0, oldest: float = 0) -> bytes:
    return json.dumps({"spool": {"events": events, "bytes": size, "oldest_seconds": oldest}}).encode()


@pytest.mark.slow
def test_a_healthy_hub_has_no_problem_and_no_warning(hub_settings: Settings, owner: Connection) -> None:
    add_device(owner)
    store(owner, (datetime.now(UTC).timestamp(), {"a": 1}))
    refresh(owner)
    make_backup(hub_settings, 7, lambda _: None)
    with answering(hub_settings, 200, spooled(0)):
        findings = run_checks(hub_settings)
    unwell = {name: (found.state, found.message) for name, found in findings.items() if found.state != "ok"}
    # Not every machine that runs tests has a time service.
    assert {name for name in unwell if name != "time"} == set(), unwell
    assert list(findings) == [check.name for check in CHECKS]


@pytest.mark.hub
def test_a_running_hub_is_looked_over_by_the_command() -> None:
    with running_hub() as hub:
        looked = hub.command("doctor", "--json", check=False)
        by_name = {row["check"]: row for row in json.loads(looked.stdout)}
        assert [row for row in by_name.values() if row["state"] == "problem"] == []
        assert looked.returncode == 0
        assert by_name["spool"]["message"] == "The hub is running, and its spool is empty."
        assert by_name["backup"]["advice"] == "Make one: iot-hub backup"
        _break_secrets(hub)
        told = hub.command("doctor", check=False)
        assert told.returncode == 1
        assert any(line.startswith("problem  secrets") and "chmod -R go=" in line for line in told.stdout.splitlines())


def _break_secrets(hub: Hub) -> None:
    (Path(hub.environment["IOT_HUB_HOME"]) / "secrets" / "database-owner-password").chmod(0o644)


@pytest.mark.slow
def test_where_there_is_no_hub_nothing_is_made_and_everything_is_said(tmp_path: Path) -> None:
    home = tmp_path / "none"
    environment = {**os.environ, "IOT_HUB_HOME": str(home), "IOT_HUB_PORT": str(free_port())}
    told = subprocess.run([sys.executable, "-m", "iot_hub", "doctor"], env=environment, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (1, "")
    assert len(told.stdout.splitlines()) == len(CHECKS)
    assert f"There is no hub in {home} yet. Start the hub: iot-hub up" in told.stdout
    assert not home.exists()


def test_a_database_that_is_away_is_the_one_problem(hub_settings: Settings) -> None:
    away = SecretStr(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    findings = run_checks(hub_settings.model_copy(update={"database_url": away}))
    assert [name for name, found in findings.items() if found.state == "problem"] == ["database"]
    assert "does not answer" in findings["database"].message


def test_a_database_without_a_hub_is_told_to_migrate(empty_settings: Settings, tmp_path: Path) -> None:
    findings = run_checks(empty_settings.model_copy(update={"home": tmp_path}))
    for name in ("migrations", "roll-ups", "quarantine"):
        assert (findings[name].state, findings[name].advice) == ("problem", "Migrate it: iot-hub migrate")
    assert findings["postgis"].state == "problem"
    assert findings["database"].state == "ok"


def test_missing_and_unknown_migrations_are_told_apart(hub_settings: Settings, owner: Connection) -> None:
    owner.execute("DELETE FROM public.iot_hub_migrations WHERE name LIKE '0005%%'")
    assert finding(hub_settings, "migrations") == (
        "problem",
        "The database lacks 0005_create_viewer_role. Migrate it: iot-hub migrate",
    )
    owner.execute("INSERT INTO public.iot_hub_migrations (name, digest) VALUES ('9999_from_the_future', '')")
    state, told = finding(hub_settings, "migrations")
    assert (state, "9999_from_the_future" in told, "Update the hub" in told) == ("problem", True, True)


def test_a_newer_hub_of_the_database_is_told_of(hub_settings: Settings, owner: Connection) -> None:
    owner.execute("UPDATE public.iot_hub_release SET version = '99.10.0'")
    state, told = finding(hub_settings, "migrations")
    assert (state, "99.10.0" in told) == ("warning", True)
    owner.execute("UPDATE public.iot_hub_release SET least_version = '99.9.0'")
    assert finding(hub_settings, "migrations")[0] == "problem"


@pytest.mark.parametrize(("age", "state"), [(1, "ok"), (600, "warning"), (8000, "problem")])
def test_hours_that_wait_for_their_roll_up_are_judged_by_age(
    hub_settings: Settings, owner: Connection, age: int, state: str
) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour, marked_at)"
        " VALUES (1, '2025-01-01', now() - make_interval(secs => %s))",
        (age,),
    )
    assert finding(hub_settings, "roll-ups")[0] == state
    assert "1 hours are waiting" in look(hub_settings, "roll-ups").message


def test_quarantine_is_judged_by_size_and_by_what_is_new(hub_settings: Settings, owner: Connection) -> None:
    insert = (
        "INSERT INTO iot_personal_hub.quarantine (source, reason, payload, last_received)"
        " VALUES ('hub', 'no', %s, now() - make_interval(hours => %s))"
    )
    owner.execute(insert, (b"x" * 1000, 72))
    assert finding(hub_settings, "quarantine")[0] == "ok"
    assert finding(hub_settings, "quarantine", quarantine_bytes=1100)[0] == "warning"
    owner.execute(insert, (b"y", 3))
    state, told = finding(hub_settings, "quarantine")
    assert (state, "2 payloads (1001 bytes)" in told, "1 from the last day" in told) == ("warning", True, True)


@pytest.mark.parametrize(
    ("status", "body", "state", "says"),
    [
        (200, spooled(0), "ok", "its spool is empty"),
        (
            200,
            spooled(7, 1000, 200),
            "warning",
            "7 events (1000 bytes) are waiting in the spool, the oldest for 3 minutes",
        ),
        (200, spooled(7, 190_000_000, 200), "problem", "nearly full"),
        (503, spooled(7, 190_000_000, 200), "problem", "can't store events"),
        (200, b'{"status": "ready"}', "warning", "older version"),
        (502, b"<html>", "problem", "is not a hub"),
        (200, b"[1]", "problem", "is not a hub"),
    ],
)
def test_the_running_hub_tells_of_its_spool(
    hub_settings: Settings, status: int, body: bytes, state: str, says: str
) -> None:
    with answering(hub_settings, status, body):
        found = finding(hub_settings, "spool")
    assert (found[0], says in found[1]) == (state, True), found


def test_a_hub_that_does_not_run_is_told_to_start(hub_settings: Settings) -> None:
    assert finding(hub_settings, "spool") == (
        "warning",
        f"No hub is running at 127.0.0.1:{hub_settings.port}. Start it: iot-hub up",
    )


def test_an_old_backup_is_a_warning_and_none_too(hub_settings: Settings) -> None:
    assert finding(hub_settings, "backup") == ("warning", "There is no backup yet. Make one: iot-hub backup")
    made, _ = make_backup(hub_settings, 7, lambda _: None)
    assert finding(hub_settings, "backup")[0] == "ok"
    _age(hub_settings, made, timedelta(days=9))
    state, told = finding(hub_settings, "backup")
    assert (state, "9 days old" in told) == ("warning", True)


def _age(hub_settings: Settings, manifest: Manifest, age: timedelta) -> None:
    older = msgspec.structs.replace(manifest, made_at=manifest.made_at - age)
    (hub_settings.home / "archive" / "backups" / f"{manifest.name}.json").write_bytes(write_manifest(older))


def test_object_storage_that_is_away_is_a_problem_in_one_line(hub_settings: Settings) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    state, told = finding(
        hub_settings, "backup", s3_endpoint=away, s3_access_key=SecretStr("a"), s3_secret_key=SecretStr("b")
    )
    assert (state, len(told.splitlines())) == ("problem", 1)
    assert "can't be reached" in told


def test_days_that_are_not_archived_are_told(hub_settings: Settings, owner: Connection) -> None:
    add_device(owner)
    now = datetime.now(UTC).timestamp()
    store(owner, *((now - 86_400 * day, {"day": day}) for day in range(6)))
    refresh(owner)
    assert finding(hub_settings, "archive")[0] == "warning"
    archived = (
        "INSERT INTO iot_personal_hub.archive_objects (device_id, date, path, events, bytes, sha256, fingerprint,"
        " min_time, max_time) VALUES (1, (now() AT TIME ZONE 'UTC')::date - %s, %s, 1, 1, sha256(''),"
        " substring(sha256('') FROM 1 FOR 16), now(), now())"
    )
    owner.execute(archived, (5, "a"))
    state, told = finding(hub_settings, "archive")
    assert (state, "iot-hub archive run" in told) == ("warning", True)
    owner.execute(archived, (2, "b"))
    assert finding(hub_settings, "archive")[0] == "ok"


@pytest.mark.parametrize(("name", "mode"), [("secrets", 0o755), ("secrets/password", 0o640), ("archive", 0o755)])
def test_what_others_may_read_is_a_problem(hub_settings: Settings, name: str, mode: int) -> None:
    (hub_settings.home / "archive").mkdir(mode=0o700)
    (hub_settings.home / "secrets" / "password").touch(mode=0o600)
    assert finding(hub_settings, "secrets")[0] == "ok"
    (hub_settings.home / name).chmod(mode)
    state, told = finding(hub_settings, "secrets")
    assert (state, told.endswith(f"chmod -R go= {hub_settings.home / name}")) == ("problem", True)


def test_a_file_of_pids_that_is_wrong_is_a_warning_with_the_line(hub_settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "pids.toml"
    assert finding(hub_settings, "car PIDs")[0] == "ok"
    assert finding(hub_settings, "car PIDs", car_pids=file)[0] == "warning"
    file.write_text('[[pid]]\npid = "5b"\nproperty = "vehicle.battery_percent"\nlimits = [9, 1]')
    state, told = finding(hub_settings, "car PIDs", car_pids=file)
    assert (state, "pids.toml, line 1: limits" in told, "iot-hub reload" in told) == ("warning", True, True)
    file.write_text('[[pid]]\npid = "5b"\nproperty = "vehicle.battery_percent"')
    assert finding(hub_settings, "car PIDs", car_pids=file)[0] == "ok"


def test_a_map_s_file_that_can_not_be_drawn_is_a_warning(hub_settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "region.pmtiles"
    assert finding(hub_settings, "map")[0] == "ok"
    assert finding(hub_settings, "map", map_file=file)[0] == "warning"
    file.write_bytes(b"<html>not found</html>")
    assert "no PMTiles archive" in finding(hub_settings, "map", map_file=file)[1]
    file.write_bytes(b"PMTiles\x03 and more")
    assert finding(hub_settings, "map", map_file=file)[0] == "ok"


def test_a_check_that_fails_is_a_problem_and_stops_no_other(hub_settings: Settings) -> None:
    def fail(_: DiagnosticContext) -> Finding:
        raise ZeroDivisionError("first line\nsecond line")

    found = run_check(Check("failing", fail, needs_database=False), DiagnosticContext(hub_settings, None))
    assert (found.state, found.message) == ("problem", "Check failed: first line")
