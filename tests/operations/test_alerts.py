"""Each alert fires when it should and stays silent on a healthy hub: promtool runs the rules over made-up series."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from monitoring_world import MONITORING, alerts, promtool

pytestmark = pytest.mark.slow

DAY = 86_400
OF_A_HUB = {"job": "iot-hub", "instance": "hub:8080"}
MINUTES = 26 * 60
"""So long the series are: the slowest alert waits for a day."""

HEALTHY = {
    "up": "1",
    "iot_hub_database_up": "1",
    "iot_hub_build_info{version='1'}": "1",
    "iot_hub_spool_bytes": "0",
    "iot_hub_spool_limit_bytes": "1000",
    "iot_hub_spool_oldest_seconds": "0",
    "iot_hub_quarantine_bytes": "700",
    "iot_hub_quarantine_limit_bytes": "1000",
    "iot_hub_requests_refused_total{source='hub',reason='overloaded_bodies'}": "5",
    "iot_hub_requests_refused_total{source='hub',reason='unauthorized'}": "0+0.4",
    "iot_hub_requests_refused_total{source='hub',reason='too_large'}": "0+1",
    "iot_hub_events_total{source='hub',receipt='stored'}": "0+600",
    "iot_hub_events_total{source='hub',receipt='rejected'}": "3",
    "iot_hub_commit_seconds_bucket{le='0.01'}": "0+90",
    "iot_hub_commit_seconds_bucket{le='1.0'}": "0+100",
    "iot_hub_commit_seconds_bucket{le='2.5'}": "0+100",
    "iot_hub_commit_seconds_bucket{le='+Inf'}": "0+100",
    "iot_hub_commits_failed_total": "2",
    "iot_hub_role_written_timestamp_seconds{role='worker'}": "0+60",
    "iot_hub_role_restarts_total{role='api'}": "1",
    "iot_hub_roll_ups_scheduled": "0",
    "iot_hub_roll_ups_taken_over": "0",
    "iot_hub_roll_ups_stale_oldest_seconds": "2",
    "iot_hub_device_last_seen_timestamp_seconds{device='1',name='My phone'}": "0+60",
    "iot_hub_device_last_seen_timestamp_seconds{device='2',name='In a drawer'}": f"{-40 * DAY}",
    "iot_hub_publication_paused{device='1',name='My phone'}": "0",
    "iot_hub_archive_lag_seconds": f"{DAY}",
    "iot_hub_backup_newest_timestamp_seconds": f"{-DAY}",
    "iot_hub_home_free_bytes": "20000000000-1000",
    "iot_hub_home_size_bytes": "30000000000",
}
"""Series by their values: a start, and what is added each minute. Time begins at 0."""

ILL: dict[str, tuple[dict[str, str | None], dict[str, str]]] = {
    "IotHubDown": ({"up": "0"}, {}),
    "IotHubDatabaseAway": ({"iot_hub_database_up": "0"}, {}),
    "IotHubSpoolNearlyFull": ({"iot_hub_spool_bytes": "801"}, {}),
    "IotHubSpoolDoesNotDrain": ({"iot_hub_spool_oldest_seconds": "601"}, {}),
    "IotHubTurnsClientsAway": (
        {"iot_hub_requests_refused_total{source='hub',reason='overloaded_bodies'}": "0+1"},
        {"reason": "overloaded_bodies"},
    ),
    "IotHubManyUnknownTokens": ({"iot_hub_requests_refused_total{source='hub',reason='unauthorized'}": "0+1"}, {}),
    "IotHubRejectsEvents": ({"iot_hub_events_total{source='hub',receipt='rejected'}": "0+1"}, {"source": "hub"}),
    "IotHubQuarantineNearlyFull": ({"iot_hub_quarantine_bytes": "801"}, {}),
    "IotHubCommitsSlow": ({"iot_hub_commit_seconds_bucket{le='1.0'}": "0+95"}, {}),
    "IotHubCommitsFail": ({"iot_hub_commits_failed_total": "0+1"}, {}),
    "IotHubWorkerSilent": ({"iot_hub_role_written_timestamp_seconds{role='worker'}": "0"}, {"role": "worker"}),
    "IotHubRollUpsBehind": ({"iot_hub_roll_ups_stale_oldest_seconds": "601"}, {}),
    "IotHubRollUpsTakenOver": ({"iot_hub_roll_ups_taken_over": "1"}, {}),
    "IotHubRoleRestarts": ({"iot_hub_role_restarts_total{role='api'}": "0+1"}, {"role": "api"}),
    "IotHubDeviceSilent": (
        {"iot_hub_device_last_seen_timestamp_seconds{device='1',name='My phone'}": "0"},
        {"device": "1", "name": "My phone"},
    ),
    "IotHubPublicationPaused": (
        {"iot_hub_publication_paused{device='1',name='My phone'}": "1"},
        {"device": "1", "name": "My phone"},
    ),
    "IotHubArchiveBehind": ({"iot_hub_archive_lag_seconds": f"{3 * DAY}"}, {}),
    "IotHubBackupOld": ({"iot_hub_backup_newest_timestamp_seconds": f"{-4 * DAY}"}, {}),
    "IotHubNoBackup": ({"iot_hub_backup_newest_timestamp_seconds": None}, {"version": "1"}),
    "IotHubDiskNearlyFull": ({"iot_hub_home_free_bytes": "900000000"}, {}),
    "IotHubDiskFillsUp": ({"iot_hub_home_free_bytes": "20000000000-4000000"}, {}),
}
"""What is wrong, by the alert that says so, and the labels that it says it with."""


def series(changes: dict[str, str | None]) -> list[dict[str, str]]:
    given = {**HEALTHY, **changes}
    return [
        {"series": _named(name), "values": _long(values)} for name, values in given.items() if values is not None
    ]  # fmt: skip


def _named(name: str) -> str:
    bare, _, labels = name.rstrip("}").partition("{")
    own = ",".join([f"{label}='{value}'" for label, value in OF_A_HUB.items()] + ([labels] if labels else []))
    return f"{bare}{{{own}}}"


def _long(values: str) -> str:
    grows = re.fullmatch(r"(-?\d+)([+-][\d.]+)", values)
    start, step = (grows[1], grows[2]) if grows else (values, "+0")
    return f"{start}{step}x{MINUTES}"


def expected(rule: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """Write a firing alert as promtool expects it."""
    all_labels = {**OF_A_HUB, **labels}

    def told(text: str) -> str:
        return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda match: all_labels[match[1]], text)

    return {
        "exp_labels": {**all_labels, **rule["labels"]},
        "exp_annotations": {name: told(text) for name, text in rule["annotations"].items()},
    }


def run(folder: Path, cases: list[dict[str, Any]]) -> str:
    test = {"rule_files": [str(MONITORING / "alerts.yaml")], "evaluation_interval": "30m", "tests": cases}
    (folder / "test.yaml").write_text(yaml.safe_dump(test))
    tested = promtool("test", "rules", str(folder / "test.yaml"))
    return "" if tested.returncode == 0 else tested.stdout + tested.stderr


def case(changes: dict[str, str | None], expectations: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "interval": "1m",
        "input_series": series(changes),
        "alert_rule_test": [
            {"eval_time": f"{MINUTES - 30}m", "alertname": name, "exp_alerts": firing}
            for name, firing in expectations.items()
        ],
    }


def test_the_rules_are_well_formed() -> None:
    checked = promtool("check", "rules", str(MONITORING / "alerts.yaml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_says_how_grave_it_is_and_what_to_do() -> None:
    for rule in alerts():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert set(rule["annotations"]) == {"summary", "action"}


def test_a_healthy_hub_raises_no_alert(tmp_path: Path) -> None:
    # Where a scheduler makes the roll-ups, hours may wait for its next run.
    scheduled: dict[str, str | None] = {
        "iot_hub_roll_ups_stale_oldest_seconds": "3500",
        "iot_hub_roll_ups_scheduled": "1",
    }
    cases = [case({}, {rule["alert"]: [] for rule in alerts()}), case(scheduled, {"IotHubRollUpsBehind": []})]
    assert run(tmp_path, cases) == ""


def test_each_alert_fires(tmp_path: Path) -> None:
    rules = {rule["alert"]: rule for rule in alerts()}
    assert set(rules) == set(ILL)
    cases = [case(changes, {name: [expected(rules[name], labels)]}) for name, (changes, labels) in ILL.items()]
    assert run(tmp_path, cases) == ""


@pytest.mark.parametrize("name", ["IotHubDown", "IotHubBackupOld"])
def test_a_case_that_should_fire_and_does_not_is_noticed(tmp_path: Path, name: str) -> None:
    [rule] = [rule for rule in alerts() if rule["alert"] == name]
    assert "got:[]" in run(tmp_path, [case({}, {name: [expected(rule, {})]})])
