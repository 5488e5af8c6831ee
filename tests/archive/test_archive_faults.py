"""The archive's faults: whatever goes wrong with it is found, named, and costs nothing else."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from archive_world import (
    START,
    contents,
    flip_a_byte,
    folder_hub,
    in_bucket,
    live,
    new_hub,
    objects,
    problems,
    reading,
    remove,
    s3_url,
    truncate,
    with_archive_of,
)
from events import Connection, refresh, rows, store
from pydantic import SecretStr
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.archive.object_store import ObjectStoreError
from iot_hub.archive.repair import repair_archive
from iot_hub.archive.restore import restore_archive
from iot_hub.archive.run import run_archive
from iot_hub.archive.verify import verify_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

__all__ = ["folder_hub", "new_hub", "s3_url"]


@pytest.mark.parametrize("harm", [flip_a_byte, truncate, remove])
def test_a_harmed_object_is_found_named_and_mended(
    folder_hub: Settings, owner: Connection, new_hub: Settings, harm: Any
) -> None:
    live(owner)
    run_archive(folder_hub)
    assert folder_hub.archive_folder
    harmed = objects(folder_hub)[1]
    said = harm(folder_hub.archive_folder / harmed)
    assert [problem["object"] for problem in verify_archive(folder_hub, None).problems] == [harmed]
    restored = restore_archive(with_archive_of(new_hub, folder_hub))
    assert restored.problems == [{"object": harmed, "problem": said}]
    assert restored.objects == 5
    assert repair_archive(folder_hub).objects == 1
    assert problems(folder_hub) == []


def test_a_repair_forgets_nothing_while_another_run_writes(folder_hub: Settings, owner: Connection) -> None:
    live(owner, days=1)
    run_archive(folder_hub)
    assert folder_hub.archive_folder
    remove(folder_hub.archive_folder / objects(folder_hub)[0])
    owner.execute(query("lock_archive"))
    with pytest.raises(UserError, match="being written already"):
        repair_archive(folder_hub)
    assert len(rows(owner, "SELECT FROM iot_personal_hub.archive_objects")) == 2


def test_a_store_that_keeps_less_than_it_was_given_is_found_at_once(
    folder_hub: Settings, owner: Connection, s3_url: str, tmp_path: Path
) -> None:
    live(owner, days=1)
    lying = in_bucket(folder_hub, s3_url, tmp_path.name + "-lying")
    with truncating_proxy(s3_url) as where, pytest.raises(ObjectStoreError, match="said it had written"):
        run_archive(lying.model_copy(update={"s3_endpoint": where}))
    assert rows(owner, "SELECT * FROM iot_personal_hub.archive_objects") == []
    assert objects(lying) == [], "a piece under the name of the whole"
    run_archive(lying)
    assert problems(lying) == []


@contextlib.contextmanager
def truncating_proxy(target: str) -> Iterator[str]:
    """A server that passes everything on, but of what is put only the first half."""
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            half = body[: len(body) // 2] if self.command == "PUT" else body
            dropped = ("host", "content-length", "x-amz-content-sha256", "connection")
            headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
            reply = httpx.request(self.command, target + self.path, headers=headers, content=half)
            self.send_response(reply.status_code)
            for name, value in reply.headers.items():
                if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.content)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


RUN_THAT_DOES_NOT_END = """
import itertools, threading
from iot_hub.archive.object_store import ObjectStore
from iot_hub.archive.run import run_archive
from iot_hub.settings import settings

numbers, put = itertools.count(), ObjectStore.put

def put_eight(*arguments):
    if next(numbers) >= 8:
        threading.Event().wait()
    put(*arguments)

ObjectStore.put = put_eight
run_archive(settings())
"""
"""Writes eight objects, manifests among them, and waits: however late the kill comes, it comes in the middle."""


def test_a_run_that_is_killed_leaves_whole_objects_and_the_next_one_goes_on(
    folder_hub: Settings, owner: Connection, new_hub: Settings
) -> None:
    live(owner, days=6)
    assert folder_hub.archive_folder and folder_hub.database_url
    environment = {
        **os.environ, "IOT_HUB_HOME": str(folder_hub.home), "IOT_HUB_ARCHIVE_FOLDER": str(folder_hub.archive_folder),
        "IOT_HUB_DATABASE_URL": folder_hub.database_url.get_secret_value(),
    }  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", RUN_THAT_DOES_NOT_END], env=environment) as run:
        raw = folder_hub.archive_folder / "raw"
        wait_until(lambda: len(list(raw.rglob("*.parquet"))) > 2 or run.poll() is not None)
        run.send_signal(signal.SIGKILL)
    # The lock of the killed run ends with its connection.
    held = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    wait_until(lambda: not rows(owner, held))
    written = len(objects(folder_hub))
    assert 2 < written < 12
    # Late events come before the next run, so that what was written and not noted differs from what is to come.
    store(owner, (START + 5, reading(7)))
    run_archive(folder_hub)
    assert problems(folder_hub) == []
    refresh(owner)
    restoring = with_archive_of(new_hub, folder_hub)
    assert restore_archive(restoring).problems == []
    assert problems(restoring) == []
    assert contents(restoring)["raw_devices_properties"] == contents(folder_hub)["raw_devices_properties"]


def test_an_archive_that_does_not_answer_is_one_line_without_secrets(settings: Settings, owner: Connection) -> None:
    live(owner, days=1)
    away = {
        "s3_endpoint": "http://127.0.0.1:1",
        "s3_access_key": SecretStr("key-1"),
        "s3_secret_key": SecretStr("key-2"),
    }
    with pytest.raises(ObjectStoreError) as raised:
        run_archive(settings.model_copy(update=away))
    assert "can't be reached" in str(raised.value)
    assert "key-" not in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_a_lost_state_loses_no_event(folder_hub: Settings, owner: Connection, new_hub: Settings) -> None:
    live(owner, days=1)
    run_archive(folder_hub)
    assert folder_hub.archive_folder
    shutil.rmtree(folder_hub.archive_folder / "state")
    restoring = with_archive_of(new_hub, folder_hub)
    restored = restore_archive(restoring)
    assert (restored.events, [problem["object"] for problem in restored.problems]) == (289, ["state/"])
    with connect(owner_conninfo(restoring, "tests")) as connection:
        names = rows(connection, "SELECT name FROM iot_personal_hub.dim_devices ORDER BY id")
    assert [row["name"] for row in names] == ["device 1", "device 2"]


def test_days_archived_by_a_clock_that_was_ahead_are_no_problem(
    folder_hub: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(owner, days=1)
    now = datetime.now(UTC)
    store(owner, (now.timestamp(), reading(1)))
    with monkeypatch.context() as ahead:
        ahead.setattr("iot_hub.archive.run.finished_before", lambda _: now + timedelta(days=400))
        assert run_archive(folder_hub).objects == 3
    assert problems(folder_hub) == []


def test_a_state_named_by_a_clock_that_was_ahead_is_not_the_newest_for_ever(
    folder_hub: Settings, owner: Connection, new_hub: Settings
) -> None:
    live(owner, days=1)
    run_archive(folder_hub)
    assert folder_hub.archive_folder
    [state] = (folder_hub.archive_folder / "state").iterdir()
    state.rename(state.with_name("20460101T000000Z" + state.name[16:]))
    add_device(owner, "third", "sensor")
    run_archive(folder_hub)
    restoring = with_archive_of(new_hub, folder_hub)
    assert restore_archive(restoring).problems == []
    with connect(owner_conninfo(restoring, "tests")) as connection:
        assert len(rows(connection, "SELECT id FROM iot_personal_hub.dim_devices")) == 3
