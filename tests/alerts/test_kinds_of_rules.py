"""Kinds of rules beyond a limit: changes, batteries, faults, consumption, usage, services, the hub itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alert_world import add_rule, firing, judge, notified, warm
from events import Connection, add_device, rows, store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot_hub.cars.reminders import Reminder, add_reminder, mark_done

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
"""Alerts judge what is of the last 31 days by the database's clock, too."""


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner, name="car", type="car")
    return owner


def report(owner: Connection, at: datetime, **groups: Any) -> None:
    store(owner, (at.timestamp(), groups))


def faults(owner: Connection, at: datetime, codes: str) -> None:
    report(owner, at, vehicle={"fault_code_count": len(codes.split())} | ({"fault_codes": codes} if codes else {}))
    judge(owner, at)


def judge_conditions(owner: Connection, at: datetime, findings: list[str] | None = None) -> None:
    owner.execute("SELECT iot_personal_hub.judge_conditions(%s, %s)", (at, findings))


def things(owner: Connection) -> list[tuple[str, list[str] | None]]:
    return [
        (row["kind"], row["things"])
        for row in rows(owner, "SELECT kind, things FROM iot_personal_hub.alert_outbox ORDER BY id")
    ]


def made_long_ago(owner: Connection) -> None:
    owner.execute("UPDATE iot_personal_hub.alert_rules SET made_at = now() - interval '1 year'")
    owner.execute("UPDATE iot_personal_hub.hub_settings SET value = 'UTC' WHERE name = 'time_zone'")


def test_a_fast_rise_fires_and_ends_when_it_is_slow_again(owner: Connection) -> None:
    add_rule(owner, kind="change", property="climate.temperature_C", rises_by=5, within=10 * MINUTE)
    for minute, degrees in ((0, 18), (6, 22), (9, 23), (12, 27), (20, 28), (30, 28)):
        report(owner, NOW + minute * MINUTE, climate={"temperature_C": degrees})
        judge(owner, NOW + minute * MINUTE)
    assert notified(owner) == [("fired", NOW + 9 * MINUTE), ("recovered", NOW + 20 * MINUTE)]


def test_a_fast_fall_is_counted_from_the_greatest_value_of_the_time_before(owner: Connection) -> None:
    add_rule(owner, kind="change", property="climate.temperature_C", falls_by=5, within=10 * MINUTE, margin=1)
    for minute, degrees in ((0, 20), (5, 21), (9, 16), (16, 17), (30, 17)):
        report(owner, NOW + minute * MINUTE, climate={"temperature_C": degrees})
        judge(owner, NOW + minute * MINUTE)
    # At 16 min the greatest of ten minutes is that of 9 min, or 17 itself.
    assert notified(owner) == [("fired", NOW + 9 * MINUTE), ("recovered", NOW + 16 * MINUTE)]


def test_a_change_counts_what_was_stored_before_the_rule(owner: Connection) -> None:
    report(owner, NOW - 5 * MINUTE, climate={"temperature_C": 18})
    add_rule(owner, kind="change", property="climate.temperature_C", rises_by=5, within=10 * MINUTE)
    report(owner, NOW, climate={"temperature_C": 30})
    judge(owner, NOW)
    assert notified(owner) == [("fired", NOW)]


@pytest.mark.parametrize(
    ("low", "fine"),
    [
        ({"battery": {"remaining_percent": 14}}, {"battery": {"remaining_percent": 80}}),
        ({"vehicle": {"battery_percent": 3}}, {"vehicle": {"battery_percent": 50}}),
        ({"battery": {"low": True}}, {"battery": {"low": False}}),
        ({"battery": {"low": False, "remaining_percent": 5}}, {"battery": {"low": True, "remaining_percent": 95}}),
    ],
)
def test_a_low_battery_is_one_of_a_phone_a_sensor_or_a_car(
    owner: Connection, low: dict[str, Any], fine: dict[str, Any]
) -> None:
    add_rule(owner, kind="battery", device_id=None, below=15, margin=5)
    report(owner, NOW, **fine)
    judge(owner, NOW)
    assert notified(owner) == []
    report(owner, NOW + MINUTE, **low)
    judge(owner, NOW + MINUTE)
    assert notified(owner) == [("fired", NOW + MINUTE)]
    report(owner, NOW + HOUR, **fine)
    judge(owner, NOW + HOUR)
    assert [kind for kind, _ in notified(owner)] == ["fired", "recovered"]


def test_within_the_margin_a_battery_stays_low_whatever_its_own_word(owner: Connection) -> None:
    add_rule(owner, kind="battery", below=15, margin=5)
    report(owner, NOW, battery={"remaining_percent": 14, "low": False})
    report(owner, NOW + MINUTE, battery={"remaining_percent": 17, "low": False})
    judge(owner, NOW + MINUTE)
    assert firing(owner)


def test_each_new_fault_code_fires_and_none_left_ends_it(owner: Connection) -> None:
    add_rule(owner, kind="fault")
    for minute, codes in enumerate(("", "P0420", "P0420", "P0301 P0420", "P0420", "")):
        faults(owner, NOW + minute * MINUTE, codes)
    assert notified(owner) == [
        ("fired", NOW + MINUTE), ("fired", NOW + 3 * MINUTE), ("recovered", NOW + 5 * MINUTE),
    ]  # fmt: skip
    assert [found for _, found in things(owner)][:2] == [["P0420"], ["P0301", "P0420"]]


def test_a_report_without_codes_says_nothing_of_faults(owner: Connection) -> None:
    add_rule(owner, kind="fault")
    faults(owner, NOW, "P0420")
    report(owner, NOW + MINUTE, vehicle={"odometer_km": 12_000})
    judge(owner, NOW + MINUTE)
    assert (len(notified(owner)), firing(owner)) == (1, True)


def test_a_number_of_faults_without_their_codes_is_enough(owner: Connection) -> None:
    add_rule(owner, kind="fault")
    for minute, count in enumerate((0, 2, 2, 0)):
        report(owner, NOW + minute * MINUTE, vehicle={"fault_code_count": count})
        judge(owner, NOW + minute * MINUTE)
    assert [kind for kind, _ in notified(owner)] == ["fired", "recovered"]


@pytest.mark.parametrize("codes", [None, 17, True, ["P0420"], {"of": "P0420"}, "   ", "x" * 90_000])
def test_odd_fault_codes_raise_nothing(owner: Connection, codes: object) -> None:
    add_rule(owner, kind="fault")
    report(owner, NOW, vehicle={"fault_codes": codes, "fault_code_count": "many"})
    judge(owner, NOW)
    assert len(notified(owner)) <= 1


def drive(owner: Connection, starts: datetime, litres: float, km: float = 20) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.drives (device_id, starts, ends, distance_m, distance_by, fuel_l, readings)"
        " VALUES (1, %s, %s, %s, 'odometer', %s, 100)",
        (starts, starts + 20 * MINUTE, km * 1000, litres * km / 100),
    )


def test_a_drive_that_used_much_more_than_the_others_fires_and_an_ordinary_one_ends_it(owner: Connection) -> None:
    add_rule(owner, kind="consumption")
    made_long_ago(owner)
    for day in range(40, 2, -1):
        drive(owner, NOW - day * DAY, 6 + day % 5 / 10)
    judge_conditions(owner, NOW - 2 * DAY)
    assert notified(owner) == []
    drive(owner, NOW - DAY, 9)
    drive(owner, NOW - 20 * HOUR, 15, km=2)
    judge_conditions(owner, NOW - 12 * HOUR)
    judge_conditions(owner, NOW - 11 * HOUR)
    assert notified(owner) == [("fired", NOW - DAY + 30 * MINUTE)]
    drive(owner, NOW - 3 * HOUR, 6.2)
    judge_conditions(owner, NOW)
    assert [kind for kind, _ in notified(owner)] == ["fired", "recovered"]


def test_a_drive_that_late_readings_correct_is_not_notified_of_again(owner: Connection) -> None:
    add_rule(owner, kind="consumption")
    made_long_ago(owner)
    for day in range(40, 2, -1):
        drive(owner, NOW - day * DAY, 6 + day % 5 / 10)
    drive(owner, NOW - 40 * MINUTE, 9)
    judge_conditions(owner, NOW)
    owner.execute("UPDATE iot_personal_hub.drives SET fuel_l = fuel_l * 1.1 WHERE starts > %s", (NOW - HOUR,))
    owner.execute(
        "UPDATE iot_personal_hub.drives SET starts = starts - interval '1 min' WHERE starts > %s", (NOW - HOUR,)
    )
    judge_conditions(owner, NOW + MINUTE)
    assert notified(owner) == [("fired", NOW - 10 * MINUTE)]


def test_of_few_drives_nothing_is_normal(owner: Connection) -> None:
    add_rule(owner, kind="consumption")
    made_long_ago(owner)
    for day in range(10, 0, -1):
        drive(owner, NOW - day * DAY, 20 if day == 1 else 6)
    judge_conditions(owner, NOW)
    assert notified(owner) == []


def used(owner: Connection, hour: datetime, kwh: float) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.agg_hourly_devices_counters (device_id, date_hour, metric, unit, increase)"
        " VALUES (1, %s, 'energy.energy_Wh', 'kWh', %s) ON CONFLICT (device_id, metric, date_hour)"
        " DO UPDATE SET increase = excluded.increase",
        (hour, kwh),
    )


@pytest.mark.parametrize("per", ["hour", "day"])
def test_unusual_usage_of_an_hour_or_a_day_fires_once(owner: Connection, per: str) -> None:
    add_rule(owner, kind="usage", property="energy.energy_Wh", per=per)
    made_long_ago(owner)
    midnight = NOW.replace(hour=0, minute=0, second=0)
    for hour in range(29 * 24):
        at = midnight - 29 * DAY + hour * HOUR
        used(owner, at, 2 if at.hour in (18, 19) else 0.2 + hour % 3 / 100)
    judge_conditions(owner, midnight + MINUTE)
    assert notified(owner) == []
    used(owner, midnight - 3 * HOUR, 12)
    for minute in (2, 3):
        judge_conditions(owner, midnight + minute * MINUTE)
    ends = midnight - 2 * HOUR if per == "hour" else midnight
    assert notified(owner)[:1] == [("fired", ends)]
    assert len(notified(owner)) == (2 if per == "hour" else 1)


def test_what_is_usual_at_an_hour_does_not_fire(owner: Connection) -> None:
    add_rule(owner, kind="usage", property="energy.energy_Wh", per="hour")
    made_long_ago(owner)
    midnight = NOW.replace(hour=0, minute=0, second=0)
    for hour in range(29 * 24):
        at = midnight - 29 * DAY + hour * HOUR
        used(owner, at, 9 if at.hour in (18, 19) else 0.2)
    judge_conditions(owner, midnight + MINUTE)
    assert notified(owner) == []


def test_a_service_fires_when_it_is_due_and_ends_when_it_is_done(owner: Connection) -> None:
    add_rule(owner, kind="service", ahead_days=14)
    oil = add_reminder(owner, Reminder(1, "oil", (NOW - 340 * DAY).date(), every_months=12))
    add_reminder(owner, Reminder(1, "tyres", (NOW - 100 * DAY).date(), every_months=6))
    judge_conditions(owner, NOW)
    assert notified(owner) == []
    for day in (15, 16, 17):
        judge_conditions(owner, NOW + day * DAY)
    assert things(owner) == [("fired", ["oil"])]
    mark_done(owner, 1, oil, NOW.date(), None)
    judge_conditions(owner, NOW + 18 * DAY)
    assert [kind for kind, _ in things(owner)] == ["fired", "recovered"]


def test_a_service_by_distance_is_due_by_the_odometer(owner: Connection) -> None:
    add_rule(owner, kind="service", ahead_km=500)
    add_reminder(owner, Reminder(1, "oil", (NOW - 10 * DAY).date(), every_km=10_000, done_at_km=50_000))
    for km in (59_000, 59_600):
        drive(owner, NOW - DAY + (km - 59_000) * SECOND, 6)
        owner.execute("UPDATE iot_personal_hub.drives SET odometer_end_km = %s WHERE odometer_end_km IS NULL", (km,))
        judge_conditions(owner, NOW + km * SECOND)
        assert len(notified(owner)) == (km > 59_500)


def test_the_hub_itself_is_told_of_by_each_check_that_finds_something(owner: Connection) -> None:
    add_rule(owner, kind="hub", device_id=None, checks=["disk", "backup"])
    for minute, findings in enumerate(([], ["archive"], ["disk"], None, ["disk", "backup"], ["backup"], [])):
        judge_conditions(owner, NOW + minute * MINUTE, findings)
    assert things(owner) == [("fired", ["disk"]), ("fired", ["backup", "disk"]), ("recovered", ["backup", "disk"])]
    assert {row["device_id"] for row in rows(owner, "SELECT device_id FROM iot_personal_hub.alert_outbox")} == {0}


def test_what_was_found_before_a_restore_is_no_news(owner: Connection) -> None:
    add_rule(owner, kind="hub", device_id=None, checks=["disk"])
    judge_conditions(owner, NOW, ["disk"])
    owner.execute("DELETE FROM iot_personal_hub.alert_turns")
    judge_conditions(owner, NOW + MINUTE, ["disk"])
    assert len(notified(owner)) == 1


def test_what_is_dated_ahead_is_judged_at_its_instant(owner: Connection) -> None:
    warm(owner)
    ahead = NOW + HOUR
    for minute, degrees in ((0, -5), (1, -18)):
        report(owner, ahead + minute * MINUTE, climate={"temperature_C": degrees})
    judge(owner, NOW)
    assert notified(owner) == []
    judge(owner, ahead)
    assert notified(owner) == [("fired", ahead)]
    judge(owner, ahead + MINUTE)
    assert notified(owner)[1:] == [("recovered", ahead + MINUTE)]


def test_a_reading_that_changes_no_turn_costs_no_settling(owner: Connection) -> None:
    warm(owner)
    report(owner, NOW, climate={"temperature_C": -5})
    judge(owner, NOW)
    before = rows(owner, "SELECT xmin::text, * FROM iot_personal_hub.alert_states")
    report(owner, NOW + MINUTE, climate={"temperature_C": -4})
    judge(owner, NOW + MINUTE)
    found = owner.execute(
        "SELECT * FROM iot_personal_hub.write_alert_turns('{1}', '{1}', ARRAY[%s::timestamptz],"
        " ARRAY[ROW(1, 1, %s, true, NULL, false)::iot_personal_hub.alert_turns])",
        (NOW, NOW),
    ).fetchall()
    assert found == []
    assert rows(owner, "SELECT xmin::text, * FROM iot_personal_hub.alert_states") == before


Codes = list[tuple[int, tuple[str, ...]]]
fault_reports = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([(), ("A",), ("B",), ("A", "B")])),
    min_size=1, max_size=10, unique_by=lambda each: each[0],
)  # fmt: skip
temperatures = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)), min_size=1, max_size=12, unique_by=lambda each: each[0]
)


def fault_changes(in_order: Codes) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    known: set[str] = set()
    for second, codes in sorted(in_order):
        if set(codes) - known:
            found.append(("fired", second))
        elif known and not codes:
            found.append(("recovered", second))
        known = set(codes)
    return found


def rises(in_order: list[tuple[int, int]], by: int, within: int) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    fires = False
    for second, value in sorted(in_order):
        risen = value - min(each for at, each in in_order if second - within <= at <= second) >= by
        if risen != fires:
            found.append(("fired" if risen else "recovered", second))
        fires = risen
    return found


def start_again(owner: Connection) -> None:
    for table in ("alert_outbox", "alert_states", "alert_turns", "alert_marks", "raw_devices_properties"):
        owner.execute(f"DELETE FROM iot_personal_hub.{table}")
    owner.execute("UPDATE iot_personal_hub.alert_rules SET removed_at = now()")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(codes=fault_reports, degrees=temperatures, data=st.data())
def test_in_any_order_turns_are_those_of_the_data_and_no_change_is_told_twice(
    owner: Connection, codes: Codes, degrees: list[tuple[int, int]], data: st.DataObject
) -> None:
    start_again(owner)
    fault = add_rule(owner, kind="fault")
    rise = add_rule(owner, kind="change", property="climate.temperature_C", rises_by=4, within=10 * SECOND)
    begins = NOW - 5 * MINUTE
    events: list[tuple[int, dict[str, Any]]] = [
        (second, {"vehicle": {"fault_codes": " ".join(each), "fault_code_count": len(each)}}) for second, each in codes
    ] + [(second, {"climate": {"temperature_C": each}}) for second, each in degrees]
    arriving = data.draw(st.permutations(events) | st.just(sorted(events, key=lambda each: each[0])))
    is_in_order = arriving == sorted(arriving, key=lambda each: each[0])
    clock = begins
    for second, groups in arriving:
        report(owner, begins + second * SECOND, **groups)
        clock = max(clock, begins + second * SECOND)
        if data.draw(st.booleans()):
            judge(owner, clock)
    judge(owner, NOW)
    judge(owner, NOW)

    for rule, changes in ((fault, fault_changes(codes)), (rise, rises(degrees, 4, 10))):
        notices = [
            (row["kind"], round((row["at"] - begins).total_seconds()))
            for row in rows(
                owner, f"SELECT kind, at FROM iot_personal_hub.alert_outbox WHERE rule_id = {rule} ORDER BY id"
            )
        ]
        assert len(notices) == len(set(notices))
        state = rows(owner, f"SELECT firing FROM iot_personal_hub.alert_states WHERE rule_id = {rule}")
        assert bool(state and state[0]["firing"]) == bool(changes and changes[-1][0] == "fired")
        if is_in_order:
            assert notices == changes
    turns = "SELECT rule_id, device_id, at, met, things, continues FROM iot_personal_hub.alert_turns ORDER BY 1, 2, 3"
    arrived = rows(owner, turns)
    owner.execute("DELETE FROM iot_personal_hub.alert_turns")
    owner.execute("INSERT INTO iot_personal_hub.alert_marks (device_id, since) VALUES (1, %s)", (begins,))
    judge(owner, NOW)
    assert rows(owner, turns) == arrived
