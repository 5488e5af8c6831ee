"""The command line in this process, against the test's database."""

from __future__ import annotations

from typer.testing import CliRunner

from iot_hub.cli.main import app


def run(*arguments: str, input: str | None = None) -> str:
    result = CliRunner().invoke(app, arguments, input=input, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def run_failing(*arguments: str) -> str:
    """Run a command that reports why it was no success; return what it printed."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1, result.output
    return result.stdout


def fail(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code != 0
    return str(result.exception)


def fail_with(input: str, *arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, input=input)
    assert result.exit_code != 0
    return str(result.exception)


ALL = [
    "up", "api", "worker", "mqtt", "broker", "dashboard", "nginx", "reload", "migrate", "password", "device add", "device list", "device connect", "device room", "device publish", "device unpublish", "reader add", "reader list", "reader revoke", "token rotate", "token revoke",
    "discovery list", "discovery approve", "discovery ignore", "discovery reset", "discovery rules", "discovery rule",
    "discovery unrule",
    "area add", "area list", "area edit", "area remove", "area suggest", "area stays", "place add", "place list", "place edit", "place remove", "place import", "place suggest", "edit wrong", "edit hide", "edit mode", "edit move", "edit split", "edit merge", "edit log", "edit undo",
    "drives list", "drives merge", "drives split", "drives name", "drives purpose", "drives undo", "drives log",
    "car list", "car logbook", "car refuel", "car refuels", "car price", "car prices", "car remind", "car due", "car done",
    "car remove", "alert add", "alert list", "alert firing", "alert log", "alert mute", "alert unmute", "alert remove",
    "alert channel add", "alert channel list", "alert channel test", "alert channel remove", "refresh", "metric list", "metric add", "metric remove", "simulate", "quarantine list", "quarantine show",
    "quarantine drop", "quarantine replay", "decode", "db url", "backup", "backup list",
    "backup verify", "backup restore", "doctor",
    "archive run", "archive verify", "archive restore",
    "share add", "share list", "share revoke", "share log",
    "retention set", "retention list", "retention remove", "retention run", "retention bring-back", "import first-beta",
    "import auto", "import google-timeline", "import gpx", "import owntracks", "import geojson", "import kml", "import csv",
    "import sensorlogger", "import homeassistant", "import events", "export",
    "install-service", "uninstall-service",
    "agent", "agent init", "agent run", "agent once", "agent send", "agent status", "agent install-service",
]  # fmt: skip
