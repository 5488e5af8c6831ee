"""What the machine does to a hub: a disk that takes nothing, a server that refuses. One line, and work goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from events import Connection
from psycopg import conninfo, sql
from waiting import until

from iot_hub.database.connections import connect, owner_conninfo, url
from iot_hub.database.errors import explanation, is_passing
from iot_hub.operations.doctor.address_check import address
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.operations.supervisor import Role, Supervisor
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

SECRET = "52.2297"


def failure(owner: Connection, state: str) -> psycopg.Error:
    """Have the server raise an error of a kind, with a value of the data in its text."""
    statement = f"DO $$BEGIN RAISE EXCEPTION 'at {SECRET}' USING ERRCODE = '{state}'; END$$"
    with pytest.raises(psycopg.Error) as raised:
        owner.execute(sql.SQL(statement))  # type: ignore[arg-type]
    return raised.value


@pytest.mark.parametrize(
    ("state", "says", "passes"),
    [
        ("53100", "disk of the database is full", True),
        ("53300", "no connection left", True),
        ("57P03", "is starting", True),
        ("57P02", "went away", True),
        ("58P01", "can't load its libraries", True),
        ("58030", "disk of the database fails", True),
        ("25006", "takes no changes", True),
        ("53200", "memory is short", True),
        ("42883", "iot-hub migrate", False),
        ("42501", "does not allow", False),
        ("XX001", "files are damaged", False),
        ("P0001", "SQLSTATE P0001", False),
    ],
)
def test_an_error_of_the_database_is_one_line_that_quotes_no_data(
    owner: Connection, state: str, says: str, passes: bool
) -> None:
    error = failure(owner, state)
    line = explanation(error)
    assert says in line
    assert SECRET not in line
    assert "\n" not in line
    assert is_passing(error) is passes


def iot_hub(where: str, *arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "IOT_HUB_DATABASE_URL": where}
    command = [sys.executable, "-m", "iot_hub", *arguments]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.run(command, env=environment, text=True, timeout=60, **output)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    "command",
    [
        ("device", "add", "My phone"),
        ("refresh", "--from", "2025-01-01", "--to", "2025-01-02"),
        ("area", "add", "home", "--geojson", "AREA"),
        ("token", "rotate", "1"),
        ("migrate",),
        ("backup",),
    ],
)
def test_a_command_that_a_read_only_database_refuses_ends_in_one_line(
    settings: Settings, tmp_path: Path, owner: Connection, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_HUB_HOME", str(tmp_path / "hub"))
    owner.execute("INSERT INTO iot_personal_hub.dim_devices (id, name, type) VALUES (1, 'a', 'smartphone')")
    [name] = [row["current_database"] for row in owner.execute("SELECT current_database()")]
    owner.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(sql.Identifier(name)))
    (tmp_path / "area").write_text('{"type":"Polygon","coordinates":[[[21,52],[21.01,52],[21.01,52.01],[21,52]]]}')
    where = url(owner_conninfo(settings, "tests"))
    refused = iot_hub(where, *(str(tmp_path / "area") if word == "AREA" else word for word in command))
    assert "Traceback" not in refused.stderr
    if command != ("backup",):
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1), refused.stderr


def test_a_server_without_a_connection_left_is_told_in_one_line(settings: Settings, owner: Connection) -> None:
    owner.execute("DROP ROLE IF EXISTS crowded")
    owner.execute("CREATE ROLE crowded LOGIN PASSWORD 'x' CONNECTION LIMIT 0")
    try:
        where = conninfo.make_conninfo(owner_conninfo(settings, "tests"), user="crowded", password="x")
        refused = iot_hub(url(where), "device", "list")
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
        assert "no connection left" in refused.stderr
    finally:
        owner.execute("DROP ROLE crowded")


def test_a_disk_without_room_for_a_commands_output_is_one_line(settings: Settings, owner: Connection) -> None:
    owner.execute("INSERT INTO iot_personal_hub.dim_devices (name, type) VALUES ('a', 'smartphone')")
    with Path("/dev/full").open("w") as full:
        refused = iot_hub(url(owner_conninfo(settings, "tests")), "device", "list", stdout=full)
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    assert "No space left on device" in refused.stderr.splitlines()[0]


def test_a_log_that_takes_no_line_stops_no_work() -> None:
    code = (
        "import logging, structlog; from iot_hub.logs import set_up_logs; set_up_logs('api');"
        "structlog.get_logger().error('lost'); logging.getLogger('library').warning('lost'); print('went on')"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=full, text=True)
    assert done.stdout == "went on\n"


def test_a_process_that_the_machine_does_not_let_start_is_started_when_it_does(tmp_path: Path) -> None:
    said: list[str] = []
    role = Role("sleeper", ("sleep", "600"))
    log = tmp_path / "sleeper.log"

    async def story() -> None:
        processes = Supervisor(tmp_path, os.environ, said.append)
        await processes.start(role)
        # As on a disk that has become read-only, where no log can be opened.
        log.unlink()
        log.mkdir()
        first = processes.states()["sleeper"].pid
        assert first is not None
        os.kill(first, 9)
        await until(lambda: any("can't be started" in line for line in said))
        log.rmdir()
        await until(lambda: processes.states()["sleeper"].pid not in (first, None))
        await processes.stop()

    asyncio.run(story())


def test_an_address_that_the_machine_has_lost_is_told_with_what_to_do() -> None:
    found = address(DiagnosticContext(Settings(host="192.0.2.1"), None))
    assert (found.state, "192.0.2.1" in found.message, "IOT_HUB_HOST" in found.advice) == ("problem", True, True)
    assert address(DiagnosticContext(Settings(host="::"), None)).state == "ok"
    assert address(DiagnosticContext(Settings(host="127.0.0.1"), None)).state == "ok"


def test_a_connection_that_is_refused_for_good_is_told_with_what_to_do(settings: Settings) -> None:
    wrong = conninfo.make_conninfo(owner_conninfo(settings, "tests"), password="wrong")
    with pytest.raises(Exception, match="refuses the hub's password"):
        connect(wrong)
