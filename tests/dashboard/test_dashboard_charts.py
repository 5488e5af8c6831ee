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

from iot_hub.dashboard.cards import as_csv, describe
from iot_hub.dashboard.chart_specs import EVENTS, FIGURES, Figure
from iot_hub.dashboard.charts import chart, chart_rows, milliseconds
from iot_hub.dashboard.palette import LIGHT
from iot_hub.dashboard.series import lone_runs, points, table
from iot_hub.dashboard.time_axis import day_rules, ticks
from iot_hub.dashboard.time_range import Span, between, midnight, rolling
from iot_hub.dashboard.translations import FOLDER, LANGUAGES, Texts, choose_language, load, plural

WARSAW = ZoneInfo("Europe/Warsaw")
ENGLISH = Texts("en", WARSAW)
POLISH = Texts("pl", WARSAW)
LEVEL = next(figure for figure in FIGURES if figure.key == "level")

AUTUMN = between(date(2025, 10, 26), date(2025, 10, 26), WARSAW)
SPRING = between(date(2026, 3, 29), date(2026, 3, 29), WARSAW)


def level_at(*starts: datetime) -> list[dict[str, Any]]:
    return [{"started": at, "level_min": 40.0, "level_avg": 50.0, "level_max": 60.0} for at in starts]


def hourly(span: Span) -> list[datetime]:
    return [span.since + timedelta(hours=n) for n in range(int(span.length / timedelta(hours=1)))]


def test_a_gap_is_drawn_as_a_gap() -> None:
    noon = utc(2026, 6, 10, 12)
    rows = level_at(noon, noon + timedelta(hours=1), noon + timedelta(hours=3), noon + timedelta(hours=4))
    drawn = points(rows, LEVEL, "hour", ENGLISH)
    assert [point.run for point in drawn] == [0, 0, 1, 1]
    specification = chart(LEVEL, rolling(timedelta(hours=24), noon), ENGLISH, LIGHT)
    details = [
        layer["encoding"].get("detail") for layer in specification["layer"] if layer["mark"]["type"] in ("area", "line")
    ]
    assert details == [{"field": "run", "type": "nominal"}] * 2


def test_hours_are_joined_by_straight_lines() -> None:
    marks = [layer["mark"] for layer in chart(LEVEL, AUTUMN, ENGLISH, LIGHT)["layer"]]
    joined = [mark for mark in marks if mark["type"] in ("area", "line")]
    assert [mark.get("interpolate", "linear") for mark in joined] == ["linear"] * 2


def test_an_hour_without_a_value_is_left_out_and_never_zero() -> None:
    noon = utc(2026, 6, 10, 12)
    rows = level_at(noon, noon + timedelta(hours=1), noon + timedelta(hours=2))
    rows[1] |= {"level_min": None, "level_avg": None, "level_max": None}
    drawn = points(rows, LEVEL, "hour", ENGLISH)
    assert [(point.start.hour, point.run) for point in drawn] == [(12, 0), (14, 1)]


def test_an_hour_alone_between_gaps_is_marked_so_that_it_can_be_seen() -> None:
    noon = utc(2026, 6, 10, 12)
    drawn = points(level_at(noon, noon + timedelta(hours=2), noon + timedelta(hours=3)), LEVEL, "hour", ENGLISH)
    assert lone_runs(drawn) == {0}
    assert [row["lone"] for row in chart_rows(drawn, ENGLISH)] == [True, False, False]


def test_the_two_hours_from_two_of_an_autumn_night_are_two_points_in_order() -> None:
    drawn = points(level_at(*hourly(AUTUMN)), LEVEL, "hour", ENGLISH)
    rows = chart_rows(drawn, ENGLISH)
    assert len(rows) == 25
    assert {row["run"] for row in rows} == {0}
    middles: list[Any] = [row["middle"] for row in rows]
    assert {later - middle for middle, later in pairwise(middles)} == {3_600_000}
    assert [row["when"] for row in rows[2:4]] == [
        "Sun 26 Oct 2025, 02:00 (UTC+02:00) – 02:00 (UTC+01:00)",
        "Sun 26 Oct 2025, 02:00–03:00 (UTC+01:00)",
    ]


def test_a_spring_day_has_no_hour_from_two_and_no_gap() -> None:
    drawn = points(level_at(*hourly(SPRING)), LEVEL, "hour", POLISH)
    rows = chart_rows(drawn, POLISH)
    assert len(rows) == 23
    assert {row["run"] for row in rows} == {0}
    assert rows[1]["when"] == "niedz. 29 mar 2026, 01:00 (UTC+01:00) – 03:00 (UTC+02:00)"
    assert rows[2]["when"] == "niedz. 29 mar 2026, 03:00–04:00 (UTC+02:00)"


@pytest.mark.parametrize(("span", "hours"), [(AUTUMN, 25), (SPRING, 23)])
def test_days_follow_each_other_through_both_changes_of_the_clock(span: Span, hours: int) -> None:
    assert span.length == timedelta(hours=hours)
    week = Span(span.since - timedelta(days=3), span.until + timedelta(days=3))
    days = points(level_at(*day_rules(week, WARSAW)), LEVEL, "day", ENGLISH)
    assert {point.run for point in days} == {0}


def test_day_rules_stand_at_the_owners_midnight() -> None:
    rules = day_rules(Span(utc(2025, 10, 24, 12), utc(2025, 10, 28)), WARSAW)
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
    specification = chart(LEVEL, AUTUMN, POLISH, LIGHT)
    axis = specification["encoding"]["x"]["axis"]
    labels = json.loads(axis["labelExpr"].partition("[toString")[0])
    assert labels[str(int(milliseconds(AUTUMN.since)))] == "26 paź"
    assert list(labels.values())[1:] == ["06:00", "12:00", "18:00"]
    # Seven hours pass until six in the morning of that day.
    assert axis["values"][1] - axis["values"][0] == 7 * 3_600_000


def test_a_specification_stays_the_same_while_values_come_in() -> None:
    early, late = utc(2026, 6, 10, 12, 1), utc(2026, 6, 10, 12, 59)
    day = timedelta(days=1)
    assert chart(EVENTS, rolling(day, early), ENGLISH, LIGHT) == chart(EVENTS, rolling(day, late), ENGLISH, LIGHT)


def test_a_long_span_is_drawn_by_days() -> None:
    assert between(date(2026, 1, 1), date(2026, 2, 28), WARSAW).step == "hour"
    assert between(date(2026, 1, 1), date(2026, 12, 31), WARSAW).step == "day"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.key)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_has_a_table_a_csv_and_a_description(figure: Figure, language: str) -> None:
    texts = Texts(language, WARSAW)
    row = {"started": utc(2025, 10, 26, 1)} | dict.fromkeys(figure.columns, 7.25)
    drawn = points([row], figure, "hour", texts)
    heading, line, *_ = as_csv(table(drawn, figure, texts)).decode("utf-8-sig").splitlines()
    assert heading.count(",") == len(figure.columns) + 1
    assert line.startswith("2025-10-26 02:00+01:00,7.2")
    assert line.endswith(",2025-10-26 01:00Z")
    said = describe(figure, drawn, AUTUMN, texts)
    assert said.startswith(texts(f"figure.{figure.key}.title"))
    assert " ," not in said and " ." not in said


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
    assert POLISH.count("card.hours", n) == written
    assert plural("en", n) == (n != 1)


def test_numbers_are_written_as_the_language_does() -> None:
    assert ENGLISH.number(-1234.5, 1) == "\u22121,234.5"
    assert POLISH.number(-1234.5, 1) == "\u22121\u00a0234,5"


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
    assert (ENGLISH.ago(now - passed, now), POLISH.ago(now - passed, now)) == (english, polish)
