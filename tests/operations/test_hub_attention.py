"""The checks of the hub that an alert rule may be about."""

from __future__ import annotations

import pytest
from events import Connection

from iot_hub.alerts.rule import HUB_CHECKS
from iot_hub.operations.doctor.attention import checks_with_findings
from iot_hub.operations.doctor.checks import CHECKS
from iot_hub.settings import Settings
from iot_hub.worker.alert_judging import AlertJudging


def test_each_check_of_a_rule_is_one_of_the_doctor() -> None:
    assert set(HUB_CHECKS) <= {check.name for check in CHECKS}


def test_a_payload_in_quarantine_is_a_finding(owner: Connection, settings: Settings) -> None:
    before = checks_with_findings(settings, owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.quarantine (source, reason, payload) VALUES ('hub', 'not_json', '\\x7b')"
    )
    assert set(checks_with_findings(settings, owner)) - set(before) == {"quarantine"}


@pytest.mark.parametrize("has_rule", [True, False])
def test_the_worker_checks_the_hub_where_a_rule_is_about_it(owner: Connection, *, has_rule: bool) -> None:
    if has_rule:
        owner.execute("INSERT INTO iot_personal_hub.alert_rules (name, kind, checks) VALUES ('hub', 'hub', '{disk}')")
    asked: list[Connection] = []

    def find(connection: Connection) -> list[str]:
        asked.append(connection)
        return ["disk"]

    written = AlertJudging(find).tick(owner)
    assert (written, len(asked)) == ((1, 1) if has_rule else (0, 0))
