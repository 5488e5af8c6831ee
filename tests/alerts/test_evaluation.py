"""Alerts: when a rule fires and ends, and that each change has one notice, in any order of arrival."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from alert_world import add_rule, firing, judge, judge_silences, notified, warm
from events import Connection, add_device, rows, store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
"""Alerts judge what is of the last 31 days by the database's clock, too."""
SCHOOL = (52.23, 21.01)


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner, name="freezer")
    return owner


def report(owner: Connection, at: datetime, degrees: object) -> None:
    store(owner, (at.timestamp(), {"climate": {"temperature_C": degrees}}))


def door(owner: Connection, at: datetime, *, is_open: bool) -> None:
    store(owner, (at.timestamp(), {"contact": {"open": is_open}}))


def fix(owner: Connection, at: datetime, north_m: float, accuracy_m: float = 10) -> None:
    store(owner, (at.timestamp(), {"location": {
        "latitude": SCHOOL[0] + north_m / 111_195, "longitude": SCHOOL[1], "fix_accuracy_m": accuracy_m,
    }}))  # fmt: skip


def test_a_value_beyond_its_limit_fires_and_ends(owner: Connection) -> None:
    warm(owner)
    report(owner, NOW, -18)
    assert (judge(owner, NOW), notified(owner)) == (0, [])
    report(owner, NOW + MINUTE, -5)
    judge(owner, NOW + MINUTE)
    report(owner, NOW + 2 * MINUTE, -4)
    judge(owner, NOW + 2 * MINUTE)
    assert notified(owner) == [("fired", NOW + MINUTE)]
    report(owner, NOW + 3 * MINUTE, -18)
    judge(owner, NOW + 3 * MINUTE)
    assert notified(owner) == [("fired", NOW + MINUTE), ("recovered", NOW + 3 * MINUTE)]


def test_within_the_margin_nothing_changes(owner: Connection) -> None:
    warm(owner, margin=3)
    for n, degrees in enumerate((-18, -11, -9, -11, -12.9, -9, -13)):
        report(owner, NOW + n * MINUTE, degrees)
        judge(owner, NOW + n * MINUTE)
    assert notified(owner) == [("fired", NOW + 2 * MINUTE), ("recovered", NOW + 6 * MINUTE)]


def test_a_limit_below_and_one_above_make_a_range(owner: Connection) -> None:
    warm(owner, below=-30)
    for n, degrees in enumerate((-31, -18, -9, -18)):
        report(owner, NOW + n * MINUTE, degrees)
        judge(owner, NOW + n * MINUTE)
    assert [kind for kind, _ in notified(owner)] == ["fired", "recovered", "fired", "recovered"]


@pytest.mark.parametrize("degrees", [None, "warm", [1], {"of": 1}, True, 1e40, 5000, -273])
def test_what_is_no_plausible_number_changes_nothing(owner: Connection, degrees: object) -> None:
    warm(owner)
    report(owner, NOW, -5)
    judge(owner, NOW)
    report(owner, NOW + MINUTE, degrees)
    judge(owner, NOW + MINUTE)
    assert notified(owner) == [("fired", NOW)]


def test_it_fires_once_it_has_lasted_although_nothing_more_is_reported(owner: Connection) -> None:
    add_rule(owner, kind="state", property="contact.open", equals="true", lasts=10 * MINUTE)
    door(owner, NOW, is_open=True)
    judge(owner, NOW + 9 * MINUTE)
    assert notified(owner) == []
    judge(owner, NOW + 11 * MINUTE)
    assert notified(owner) == [("fired", NOW + 10 * MINUTE)]
    door(owner, NOW + 20 * MINUTE, is_open=False)
    judge(owner, NOW + 20 * MINUTE)
    assert notified(owner)[1:] == [("recovered", NOW + 20 * MINUTE)]


def test_what_ends_before_it_has_lasted_never_fires(owner: Connection) -> None:
    add_rule(owner, kind="state", property="contact.open", equals="true", lasts=10 * MINUTE)
    door(owner, NOW, is_open=True)
    judge(owner, NOW)
    door(owner, NOW + 5 * MINUTE, is_open=False)
    judge(owner, NOW + 30 * MINUTE)
    assert (notified(owner), firing(owner)) == ([], False)


def test_entering_a_place_is_told_and_being_there_at_first_is_not(owner: Connection) -> None:
    place_id = add_place(owner, Place("school", *SCHOOL, "school", 100))
    add_rule(owner, kind="enters", place_id=place_id, recovery=False)
    for n, north_m in enumerate((0, 2000, 120, 90, 130, 2000)):
        fix(owner, NOW + n * MINUTE, north_m)
        judge(owner, NOW + n * MINUTE)
    assert notified(owner) == [("fired", NOW + 3 * MINUTE)]


def test_leaving_a_place_asks_for_more_than_the_fix_may_be_wrong(owner: Connection) -> None:
    place_id = add_place(owner, Place("school", *SCHOOL, "school", 100))
    add_rule(owner, kind="leaves", place_id=place_id, recovery=False)
    for n, (north_m, accuracy_m) in enumerate([(0, 10), (400, 500), (180, 40), (400, 20)]):
        fix(owner, NOW + n * MINUTE, north_m, accuracy_m)
        judge(owner, NOW + n * MINUTE)
    assert notified(owner) == [("fired", NOW + 3 * MINUTE)]


def test_a_device_that_falls_silent_is_told_and_its_next_event_ends_it(owner: Connection) -> None:
    add_rule(owner, kind="silent", lasts=HOUR)
    report(owner, NOW - 3 * HOUR, -18)
    for n in range(0, 172, 4):
        judge_silences(owner, NOW - 3 * HOUR + n * MINUTE)
    assert notified(owner) == [("fired", NOW - 2 * HOUR)]
    report(owner, NOW - 5 * MINUTE, -18)
    judge_silences(owner, NOW - 5 * MINUTE)
    assert notified(owner)[1:] == [("recovered", NOW - 5 * MINUTE)]


def test_after_a_break_of_the_hub_devices_have_time_to_be_heard(owner: Connection) -> None:
    add_rule(owner, kind="silent", lasts=HOUR)
    report(owner, NOW - 3 * HOUR, -18)
    judge_silences(owner, NOW)
    judge_silences(owner, NOW + 4 * MINUTE)
    assert notified(owner) == []
    for n in range(8, 40, 4):
        judge_silences(owner, NOW + n * MINUTE)
    assert notified(owner) == [("fired", NOW - 2 * HOUR)]


def test_the_usual_rhythm_of_a_device_says_when_it_is_silent(owner: Connection) -> None:
    add_rule(owner, kind="silent")
    report(owner, NOW - 10 * HOUR, -18)
    # Without a day of history it has a day's time.
    for n in range(0, 14 * 60 + 8, 4):
        judge_silences(owner, NOW + n * MINUTE)
        if n == 13 * 60:
            assert notified(owner) == []
    assert notified(owner) == [("fired", NOW + 14 * HOUR)]


def test_what_came_hours_late_is_told_as_past(owner: Connection) -> None:
    warm(owner)
    report(owner, NOW - 5 * HOUR, -5)
    report(owner, NOW - 4 * HOUR, -18)
    judge(owner, NOW)
    assert notified(owner) == [("fired", NOW - 5 * HOUR), ("recovered", NOW - 4 * HOUR)]
    assert {row["is_late"] for row in rows(owner, "SELECT is_late FROM iot_personal_hub.alert_outbox")} == {True}


def test_what_came_hours_late_is_dropped_where_the_rule_says_so(owner: Connection) -> None:
    warm(owner, late="drop")
    report(owner, NOW - 5 * HOUR, -5)
    judge(owner, NOW)
    assert (notified(owner), firing(owner)) == ([], True)
    # Nobody was notified that it fires.
    report(owner, NOW, -18)
    judge(owner, NOW)
    assert (notified(owner), firing(owner)) == ([], False)


def test_an_import_fires_nothing_and_a_live_reading_meanwhile_does(owner: Connection) -> None:
    warm(owner)
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    for n in range(200):
        report(owner, NOW - 10 * DAY + n * HOUR, -5 if n % 2 else -18)
    judge(owner, NOW)
    assert notified(owner) == []
    report(owner, NOW - 2 * SECOND, -18)
    judge(owner, NOW)
    report(owner, NOW - SECOND, -5)
    judge(owner, NOW)
    assert notified(owner) == [("fired", NOW - SECOND)]


def test_repeated_and_recomputed_data_fire_nothing(owner: Connection) -> None:
    warm(owner)
    for _ in range(3):
        report(owner, NOW, -5)
        report(owner, NOW + MINUTE, -18)
        judge(owner, NOW + MINUTE)
        owner.execute("INSERT INTO iot_personal_hub.alert_marks (device_id, since) VALUES (1, %s)", (NOW,))
    assert notified(owner) == [("fired", NOW), ("recovered", NOW + MINUTE)]


def test_a_rule_of_every_device_keeps_them_apart(owner: Connection) -> None:
    add_device(owner, 2, "second")
    warm(owner, device_id=None)
    report(owner, NOW, -5)
    store(owner, (NOW.timestamp(), {"climate": {"temperature_C": -18}}), device_id=2)
    judge(owner, NOW)
    found = rows(owner, "SELECT device_id, firing FROM iot_personal_hub.alert_states ORDER BY device_id")
    assert [tuple(row.values()) for row in found] == [(1, True), (2, False)]


def test_a_removed_rule_tells_nothing(owner: Connection) -> None:
    warm(owner)
    owner.execute("UPDATE iot_personal_hub.alert_rules SET removed_at = now()")
    report(owner, NOW, -5)
    judge(owner, NOW)
    assert notified(owner) == []


def test_an_alert_is_repeated_while_it_lasts(owner: Connection) -> None:
    warm(owner, repeat=HOUR)
    report(owner, NOW, -5)
    for n in range(0, 150, 10):
        judge(owner, NOW + n * MINUTE)
    assert notified(owner) == [("fired", NOW), ("reminder", NOW + HOUR), ("reminder", NOW + 2 * HOUR)]
    report(owner, NOW + 150 * MINUTE, -18)
    judge(owner, NOW + 150 * MINUTE)
    judge(owner, NOW + 10 * HOUR)
    assert [kind for kind, _ in notified(owner)][3:] == ["recovered"]


Readings = list[tuple[int, int]]
LASTS = 5


def changes_of(readings: Readings) -> set[tuple[str, int]]:
    """Give each transition of readings that come in order, by the second."""
    found: set[tuple[str, int]] = set()
    began: int | None = None
    for second, degrees in sorted(readings):
        if degrees > -10:
            began = second if began is None else began
        elif began is not None:
            if second > began + LASTS:
                found |= {("fired", began + LASTS), ("recovered", second)}
            began = None
    return found if began is None else found | {("fired", began + LASTS)}


readings = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([-20, -5])), min_size=1, max_size=12, unique_by=lambda each: each[0]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(in_order=readings, data=st.data())
def test_in_any_order_each_change_is_told_once_and_the_state_is_that_of_the_data(
    owner: Connection, in_order: Readings, data: st.DataObject
) -> None:
    for table in ("alert_outbox", "alert_states", "alert_turns", "alert_marks", "raw_devices_properties"):
        owner.execute(f"DELETE FROM iot_personal_hub.{table}")
    owner.execute("UPDATE iot_personal_hub.alert_rules SET removed_at = now()")
    warm(owner, lasts=LASTS * SECOND)
    repeated = in_order + data.draw(st.lists(st.sampled_from(in_order), max_size=4))
    arriving = data.draw(st.permutations(repeated) | st.just(sorted(repeated)))
    begins = NOW - 5 * MINUTE
    clock = begins
    for second, degrees in arriving:
        report(owner, begins + second * SECOND, degrees)
        clock = max(clock, begins + second * SECOND)
        if data.draw(st.booleans()):
            judge(owner, clock)
    for _ in range(2):
        judge(owner, NOW)
    notices = notified(owner)
    assert len(notices) == len(set(notices))
    kinds = [kind for kind, _ in notices]
    assert kinds == ["fired", "recovered"] * (len(kinds) // 2) + ["fired"] * (len(kinds) % 2)
    assert [at for _, at in notices] == sorted(at for _, at in notices)
    assert firing(owner) == (max(in_order)[1] > -10) == bool(len(kinds) % 2)
    if arriving == sorted(arriving):
        assert {(kind, round((at - begins).total_seconds())) for kind, at in notices} == changes_of(in_order)
