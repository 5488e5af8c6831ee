"""What is drawn over time: gaps, days, both changes of the clock, and words in two languages."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dashboard_world import utc

from iot_hub.dashboard.charts import vega
from iot_hub.dashboard.charts.catalogue import BATTERY_LEVEL, CHARTS, EVENTS, ChartDefinition
from iot_hub.dashboard.charts.chart import Chart, build_chart
from iot_hub.dashboard.charts.points import lone_runs, to_points
from iot_hub.dashboard.charts.time_axis import day_rules, ticks
from iot_hub.dashboard.components.card import to_csv
from iot_hub.dashboard.palette import LIGHT
from iot_hub.dashboard.time_range import TimeRange, between, midnight, rolling
from iot_hub.dashboard.translations import FOLDER, LANGUAGES, Translator, choose_language, load, plural_form

WARSAW = ZoneInfo("Europe/Warsaw")
ENGLISH = Translator("en", WARSAW)
POLISH = Translator("pl", WARSAW)

AUTUMN = between(date(2025, 10, 26), date(2025, 10, 26), WARSAW)
SPRING = between(date(2026, 3, 29), date(2026, 3, 29), WARSAW)


def level_at(*starts: datetime) -> list[dict[str, Any]]:
    return [{"started": at, "min": 40.0, "avg": 50.0, "max": 60.0} for at in starts]


def around(noon: datetime) -> TimeRange:
    return TimeRange(noon - timedelta(hours=12), noon + timedelta(hours=12))


def hourly(span: TimeRange) -> list[datetime]:
    return [span.since + timedelta(hours=n) for n in range(int(span.duration / timedelta(hours=1)))]


def test_a_gap_is_drawn_as_a_gap() -> None:
    noon = utc(2026, 6, 10, 12)
    rows = level_at(noon, noon + timedelta(hours=1), noon + timedelta(hours=3), noon + timedelta(hours=4))
    drawn = to_points(rows, BATTERY_LEVEL, around(noon), ENGLISH)
    assert [point.run for point in drawn] == [0, 0, 1, 1]
    specification = vega.specification(BATTERY_LEVEL, rolling(timedelta(hours=24), noon), ENGLISH, LIGHT)
    details = [
        layer["encoding"].get("detail") for layer in specification["layer"] if layer["mark"]["type"] in ("area", "line")
    ]
    assert details == [{"field": "run", "type": "nominal"}] * 2


def test_hours_are_joined_by_straight_lines() -> None:
    marks = [layer["mark"] for layer in vega.specification(BATTERY_LEVEL, AUTUMN, ENGLISH, LIGHT)["layer"]]
    joined = [mark for mark in marks if mark["type"] in ("area", "line")]
    assert [mark.get("interpolate", "linear") for mark in joined] == ["linear"] * 2


def test_an_hour_without_a_value_is_left_out_and_never_zero() -> None:
    noon = utc(2026, 6, 10, 12)
    rows = level_at(noon, noon + timedelta(hours=1), noon + timedelta(hours=2))
    rows[1] |= {"min": None, "avg": None, "max": None}
    drawn = to_points(rows, BATTERY_LEVEL, around(noon), ENGLISH)
    assert [(point.start.hour, point.run) for point in drawn] == [(12, 0), (14, 1)]


def test_an_hour_alone_between_gaps_is_marked_so_that_it_can_be_seen() -> None:
    noon = utc(2026, 6, 10, 12)
    drawn = to_points(
        level_at(noon, noon + timedelta(hours=2), noon + timedelta(hours=3)), BATTERY_LEVEL, around(noon), ENGLISH
    )
    assert lone_runs(drawn) == {0}
    assert [row["lone"] for row in vega.rows(drawn, ENGLISH)] == [True, False, False]


def test_the_two_hours_from_two_of_an_autumn_night_are_two_points_in_order() -> None:
    drawn = to_points(level_at(*hourly(AUTUMN)), BATTERY_LEVEL, AUTUMN, ENGLISH)
    rows = vega.rows(drawn, ENGLISH)
    assert len(rows) == 25
    assert {row["run"] for row in rows} == {0}
    starts: list[Any] = [row["start"] for row in rows]
    assert {later - start for start, later in pairwise(starts)} == {3_600_000}
    assert [row["when"] for row in rows[2:4]] == [
        "Sun 26 Oct 2025, 02:00 (UTC+02:00) – 02:00 (UTC+01:00)",
        "Sun 26 Oct 2025, 02:00–03:00 (UTC+01:00)",
    ]


def test_a_spring_day_has_no_hour_from_two_and_no_gap() -> None:
    drawn = to_points(level_at(*hourly(SPRING)), BATTERY_LEVEL, SPRING, POLISH)
    rows = vega.rows(drawn, POLISH)
    assert len(rows) == 23
    assert {row["run"] for row in rows} == {0}
    assert rows[1]["when"] == "niedz. 29 mar 2026, 01:00 (UTC+01:00) – 03:00 (UTC+02:00)"
    assert rows[2]["when"] == "niedz. 29 mar 2026, 03:00–04:00 (UTC+02:00)"


@pytest.mark.parametrize(("span", "hours"), [(AUTUMN, 25), (SPRING, 23)])
def test_days_follow_each_other_through_both_changes_of_the_clock(span: TimeRange, hours: int) -> None:
    assert span.duration == timedelta(hours=hours)
    week = TimeRange(span.since - timedelta(days=3), span.until + timedelta(days=3))
    quarter = TimeRange(span.since - timedelta(days=45), span.until + timedelta(days=45))
    days = to_points(level_at(*day_rules(week, WARSAW)), BATTERY_LEVEL, quarter, ENGLISH)
    assert {point.run for point in days} == {0}
    assert len(days) == 7


def test_a_day_with_two_midnights_begins_at_the_first() -> None:
    havana = Translator("en", ZoneInfo("America/Havana"))
    quarter = between(date(2026, 9, 1), date(2026, 11, 30), havana.zone)
    # PostgreSQL names the day by its second midnight.
    starts = utc(2026, 10, 31, 4), utc(2026, 11, 1, 5), utc(2026, 11, 2, 5)
    days = to_points(level_at(*starts), BATTERY_LEVEL, quarter, havana)
    assert [(point.start, point.end - point.start, point.run) for point in days] == [
        (utc(2026, 10, 31, 4), timedelta(hours=24), 0),
        (utc(2026, 11, 1, 4), timedelta(hours=25), 0),
        (utc(2026, 11, 2, 5), timedelta(hours=24), 0),
    ]


def test_where_midnight_falls_within_an_hour_the_ends_of_a_day_are_parts_of_one() -> None:
    india = Translator("en", ZoneInfo("Asia/Kolkata"))
    day = between(date(2026, 11, 26), date(2026, 11, 26), india.zone)
    starts = [utc(2026, 11, 25, 18) + timedelta(hours=n) for n in range(25)]
    chart = build_chart(EVENTS, [{"started": at, "events": 30} for at in starts], day, india, LIGHT)
    rows = list(chart.table())
    assert [rows[n]["Time"] for n in (0, 1, 24)] == [
        "2026-11-26 00:00+05:30", "2026-11-26 00:30+05:30", "2026-11-26 23:30+05:30",
    ]  # fmt: skip
    assert [chart.rows[n]["when"] for n in (0, 24)] == [
        "Thu 26 Nov 2026, 00:00–00:30 (UTC+05:30)", "Thu 26 Nov 2026, 23:30–00:00 (UTC+05:30)",
    ]  # fmt: skip
    assert {row["run"] for row in chart.rows} == {0}
    assert chart.caption.endswith("the bars at the ends are parts of an hour.")
    warsaw = between(date(2026, 11, 26), date(2026, 11, 26), WARSAW)
    whole = build_chart(EVENTS, [{"started": warsaw.since, "events": 60}], warsaw, ENGLISH, LIGHT)
    assert "parts of an hour" not in whole.caption


def test_day_rules_stand_at_the_owners_midnight() -> None:
    rules = day_rules(TimeRange(utc(2025, 10, 24, 12), utc(2025, 10, 28)), WARSAW)
    assert rules == [utc(2025, 10, 24, 22), utc(2025, 10, 25, 22), utc(2025, 10, 26, 23), utc(2025, 10, 27, 23)]


def test_a_day_without_midnight_begins_when_the_clock_has_jumped() -> None:
    # Cairo's clocks jumped from midnight to one o'clock.
    assert midnight(date(2026, 4, 24), ZoneInfo("Africa/Cairo")) == utc(2026, 4, 23, 22)


@pytest.mark.parametrize("days", [1, 2, 3, 7, 14, 30, 62, 120, 366])
def test_labels_are_few_and_within_the_span(days: int) -> None:
    span = rolling(timedelta(days=days), utc(2026, 11, 23, 17))
    marks = ticks(span, WARSAW)
    assert 2 <= len(marks) <= 19
    assert all(span.since <= mark.at < span.until for mark in marks)
    assert len({mark.at for mark in marks}) == len(marks)


def test_labels_are_the_owners_and_not_the_browsers() -> None:
    specification = vega.specification(BATTERY_LEVEL, AUTUMN, POLISH, LIGHT)
    axis = specification["encoding"]["x"]["axis"]
    labels = json.loads(axis["labelExpr"].partition("[toString")[0])
    assert labels[str(int(vega.milliseconds(AUTUMN.since)))] == "26 paź"
    assert list(labels.values())[1:] == ["06:00", "12:00", "18:00"]
    # Seven hours pass until six in the morning of that day.
    assert axis["values"][1] - axis["values"][0] == 7 * 3_600_000


def test_a_specification_stays_the_same_while_values_come_in() -> None:
    early, late = utc(2026, 6, 10, 12, 1), utc(2026, 6, 10, 12, 59)
    day = timedelta(days=1)
    early_spec, late_spec = (vega.specification(EVENTS, rolling(day, at), ENGLISH, LIGHT) for at in (early, late))
    assert early_spec == late_spec


def test_a_long_span_is_drawn_by_days() -> None:
    assert between(date(2026, 1, 1), date(2026, 2, 28), WARSAW).step == "hour"
    assert between(date(2026, 1, 1), date(2026, 12, 31), WARSAW).step == "day"


@pytest.mark.parametrize("definition", CHARTS, ids=lambda definition: definition.key)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_has_a_table_a_csv_and_an_alt_text(definition: ChartDefinition, language: str) -> None:
    texts = Translator(language, WARSAW)
    row = {"started": utc(2025, 10, 26, 1)} | dict.fromkeys(definition.columns, 7.25)
    chart = build_chart(definition, [row], AUTUMN, texts, LIGHT)
    heading, line, *_ = to_csv(chart.table()).decode("utf-8-sig").splitlines()
    assert heading.count(",") == len(definition.columns) + 1
    assert line.startswith("2025-10-26 02:00+01:00,7.2")
    assert line.endswith(",2025-10-26 01:00Z")
    assert chart.alt.startswith(texts(f"chart.{definition.key}.title"))
    assert " ," not in chart.alt and " ." not in chart.alt


def test_a_chart_is_built_whole_from_the_rows_of_its_statement() -> None:
    noon = utc(2025, 10, 26, 12)
    chart = build_chart(BATTERY_LEVEL, level_at(noon, noon + timedelta(hours=2)), AUTUMN, ENGLISH, LIGHT)
    assert chart.title == "Battery level, %"
    assert chart.description.startswith("How full the battery was. The line is")
    assert chart.caption == "2 hours with data · 26 Oct 2025, 00:00 – 27 Oct 2025, 00:00"
    assert chart.alt == (
        "Battery level: 2 hours with data from 26 Oct 2025, 00:00 to 27 Oct 2025, 00:00, lowest 40 %, highest 60 %."
    )
    assert [row["value"] for row in chart.rows] == [50, 50]
    assert fields_drawn(chart) <= chart.rows[0].keys()
    assert [row["Average [%]"] for row in chart.table()] == [50, 50]


def fields_drawn(chart: Chart) -> set[object]:
    """Return every field that the specification reads from the chart's rows."""
    # The rules of the days bring rows of their own.
    layers = [layer for layer in chart.specification["layer"] if "data" not in layer]
    channels = [channel for layer in layers for channel in layer["encoding"].values()]
    flat = [part for channel in channels for part in (channel if isinstance(channel, list) else [channel])]
    calculated = {step["as"] for step in chart.specification["transform"]}
    return {part["field"] for part in flat if part and "field" in part} - calculated


def test_a_chart_without_a_value_has_nothing_to_draw_and_still_a_title() -> None:
    chart = build_chart(BATTERY_LEVEL, [], AUTUMN, ENGLISH, LIGHT)
    assert (chart.rows, list(chart.table()), chart.title) == ([], [], "Battery level, %")


def test_both_languages_have_the_same_texts_with_the_same_values_in_them() -> None:
    english, polish = (load(language) for language in ("en", "pl"))
    assert english.keys() == polish.keys()
    for key, text in english.items():
        if isinstance(text, str) and "{" in text:
            assert placeholders(text) == placeholders(polish[key]), key


def placeholders(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


def test_every_file_of_texts_is_a_language() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == set(LANGUAGES)
    for file in FOLDER.glob("*.toml"):
        tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("n", "written"),
    [(1, "1 godzina"), (3, "3 godziny"), (5, "5 godzin"), (12, "12 godzin"), (22, "22 godziny"), (112, "112 godzin")],
)
def test_polish_numbers_take_their_form(n: int, written: str) -> None:
    assert POLISH.plural("card.hours", n) == written
    assert plural_form("en", n) == (n != 1)


def test_numbers_are_written_as_the_language_does() -> None:
    assert ENGLISH.format_number(-1234.5, 1) == "\u22121,234.5"
    assert POLISH.format_number(-1234.5, 1) == "\u22121\u00a0234,5"


@pytest.mark.parametrize(
    ("asked", "setting", "browser", "chosen"),
    [
        ("pl", "en", "en-US", "pl"),
        (None, "pl", "en-US", "pl"),
        (None, "auto", "pl-PL", "pl"),
        (None, "auto", "de-DE", "en"),
        ("xx", "auto", None, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_hubs_then_the_browsers(
    asked: str | None, setting: str, browser: str | None, chosen: str
) -> None:
    assert choose_language(asked, setting, browser) == chosen


@pytest.mark.parametrize(
    ("passed", "english", "polish"),
    [
        (timedelta(seconds=20), "just now", "przed chwilą"),
        (timedelta(minutes=3, seconds=40), "3 min ago", "3 min temu"),
        (timedelta(hours=5), "5 h ago", "5 godz. temu"),
        (timedelta(days=3), "3 days ago", "3 dni temu"),
    ],
)
def test_time_passed_is_said_in_words(passed: timedelta, english: str, polish: str) -> None:
    now = utc(2026, 6, 10, 12)
    assert (ENGLISH.format_relative(now - passed, now), POLISH.format_relative(now - passed, now)) == (english, polish)
