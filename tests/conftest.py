"""Every test has a real database of its own: a copy of a migrated one, in a cluster of the tests'."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import started
from database_copies import EMPTY, MIGRATED, DatabaseCopies
from paths import ROOT, memory_folder
from prepared_home import copy_prepared_home, remove_prepared_home
from psycopg.rows import DictRow
from pydantic import SecretStr
from waiting import wait_until

from iot_hub.database.connections import connect, guest_conninfo, owner_conninfo, url, viewer_conninfo
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.settings import Settings
from iot_hub.settings import settings as current_settings

# A shell ignores SIGINT for what it starts in the background, and programs inherit that: those of tests end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples for the same code, on however slow a machine. Others: pytest --hypothesis-profile explore
hypothesis.settings.register_profile("explore", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("repeat", hypothesis.settings.get_profile("explore"), derandomize=True)
hypothesis.settings.load_profile("repeat")


# Durability is not under test here, and a test database lives for a second. Each copy and drop of one searches all
# buffers.
SERVER_OPTIONS = (
    "fsync=off", "full_page_writes=off", "max_wal_size=4GB", "max_connections=100", "shared_buffers=64MB",
    "autovacuum=off", "wal_compression=off",
)  # fmt: skip

FAILED = pytest.StashKey[bool]()
"""Whether a test has failed: for fixtures, which then say what they saw."""

LARGE = ("hub", "browser", "slow")
SLOW = frozenset((ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").split())
"""Tests that take over a fifth of a second, as measured; scripts/list_slow_tests.py writes them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a database or nothing but Python, and put the longest modules first: none is to be waited for.

    The others' modules say what they start.
    """
    weights: dict[Path, tuple[float, int]] = {}
    for item in items:
        if item.nodeid.partition("[")[0] in SLOW:
            item.add_marker("slow")
        is_large = any(item.get_closest_marker(name) for name in LARGE)
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker("database")
        elif not is_large:
            item.add_marker("pure")
        timeout = item.get_closest_marker("timeout")
        longest, large = weights.get(item.path, (0.0, 0))
        weights[item.path] = max(longest, timeout.args[0] if timeout else 0.0), large + is_large
    items.sort(key=lambda item: weights[item.path], reverse=True)


def pytest_sessionfinish() -> None:
    """Remove what hubs of this session were copied from; a worker's is its controller's."""
    remove_prepared_home()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let what starts a process look at the test's markers."""
    started.enter(item)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[pytest.TestReport]:
    """Let fixtures know whether the test has failed."""
    report: pytest.TestReport = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None, item: pytest.Item) -> Iterator[None]:
    """Fail the last test of a module that leaves a process: it would disturb the next one."""
    yield
    if nextitem is None or nextitem.path != item.path:
        left = started.end_what_is_left()
        assert not left, f"{item.path.name} left {left}"


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Give back the process's umask, which the command line sets: the next test's programs would inherit it."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Settings]:
    """A running cluster with one migrated database; the settings that reach it."""
    where = memory_folder()
    with tempfile.TemporaryDirectory(prefix="iot-hub-tests-", dir=where, ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), time_zone="Europe/Warsaw")
        copy_prepared_home(settings.home)
        cluster = Cluster(settings)
        cluster.create()
        command = [*cluster.command(), *(word for option in SERVER_OPTIONS for word in ("-c", option))]
        with cluster.log.open("ab") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
            try:
                started.lasting(server)
                wait_until(cluster.answers)
                yield settings
            finally:
                server.send_signal(signal.SIGINT)


@pytest.fixture(scope="session")
def database_copies(cluster: Settings) -> Iterator[DatabaseCopies]:
    """The copies of its databases."""
    with contextlib.closing(DatabaseCopies(cluster)) as copies:
        yield copies


@pytest.fixture
def empty_settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    """Settings of a hub whose database is empty."""
    with hub_with_copy(cluster, database_copies, EMPTY) as settings:
        yield settings


@pytest.fixture
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    """Settings of a hub with a migrated database of its own."""
    with hub_with_copy(cluster, database_copies) as settings:
        yield settings


@pytest.fixture
def other_settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    """Settings of a second hub with a migrated database of its own."""
    with hub_with_copy(cluster, database_copies) as settings:
        yield settings


@contextlib.contextmanager
def hub_with_copy(cluster: Settings, copies: DatabaseCopies, template: str = MIGRATED) -> Iterator[Settings]:
    """Settings of a hub with a database of its own."""
    with copies.copy(template) as name:
        yield cluster.model_copy(
            update={
                "home": cluster.home / name,
                "database_url": _reaching(owner_conninfo(cluster, "tests"), name),
                "viewer_database_url": _reaching(viewer_conninfo(cluster, "tests"), name),
                "guest_database_url": _reaching(guest_conninfo(cluster, "tests"), name),
            }
        )


def _reaching(where: str, database: str) -> SecretStr:
    return SecretStr(url(psycopg.conninfo.make_conninfo(where, dbname=database)))


@pytest.fixture
def hub_variables(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of a hub whose database is the test's, for what reads its settings from there."""
    assert settings.database_url and settings.viewer_database_url
    monkeypatch.setenv("IOT_HUB_HOME", str(settings.home))
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("IOT_HUB_VIEWER_DATABASE_URL", settings.viewer_database_url.get_secret_value())
    monkeypatch.setenv("IOT_HUB_TIME_ZONE", settings.time_zone)
    current_settings.cache_clear()
    yield
    current_settings.cache_clear()


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection as the hub itself."""
    with connect(owner_conninfo(settings, "tests")) as connection:
        yield connection


@pytest.fixture
def viewer(settings: Settings) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection as the viewer of what is published."""
    with connect(viewer_conninfo(settings, "tests")) as connection:
        yield connection


@pytest.fixture
def guest(settings: Settings) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection as readers of share links have it."""
    with connect(guest_conninfo(settings, "tests")) as connection:
        yield connection
