"""The logbook: its lines and sums, and that both files say the same."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from iot_hub.transfer.logbook.csv_file import csv_of
from iot_hub.transfer.logbook.logbook import KINDS, Logbook, logbook_of, texts
from iot_hub.transfer.logbook.pdf_file import pdf_of

pytestmark = pytest.mark.pure

WARSAW = ZoneInfo("Europe/Warsaw")
SINCE, UNTIL = datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)


def drive(hour: float, km: float | None = 10.0, **more: Any) -> dict[str, Any]:
    starts = SINCE + timedelta(hours=hour)
    return {
        "starts": starts, "ends": starts + timedelta(minutes=20), "start_name": "Home", "end_name": "Office", "name": None,
        "odometer_start_km": None, "odometer_end_km": None, "distance_m": None if km is None else km * 1000,
        "purpose": None,
    } | more  # fmt: skip


def book(*rows: dict[str, Any], language: str = "en") -> Logbook:
    return logbook_of(rows, "My car", SINCE, UNTIL, WARSAW, language)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(str(page.get_textpage().get_text_range()) for page in document)
    finally:
        document.close()


def cells(written: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(written.decode("utf-8-sig")), delimiter=delimiter))


def test_times_are_in_the_owners_zone_also_on_the_day_of_a_dst_change() -> None:
    # 29 March 2026: clocks go from 2:00 to 3:00 in Warsaw. 0:30 UTC is before, 1:30 UTC after.
    rows = [drive(0, starts=datetime(2026, 3, 29, h, 30, tzinfo=UTC), ends=datetime(2026, 3, 29, h, 50, tzinfo=UTC))
            for h in (0, 1)]  # fmt: skip
    assert [line[1:4] for line in cells(csv_of(book(*rows)))[1:]] == [
        ["2026-03-29", "01:30", "01:50"],
        ["2026-03-29", "03:30", "03:50"],
    ]


def test_polish_has_its_own_words_and_numbers() -> None:
    written = cells(csv_of(book(drive(3, 12.34, purpose="business"), language="pl")), ";")
    assert written[0][0] == "Lp." and written[1][9:] == ["12,3", "Służbowy"]


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+48 600", "-5", "\tx"])
def test_no_cell_is_taken_for_a_formula(name: str) -> None:
    written = cells(csv_of(book(drive(3, name=name, start_name=name))))
    assert written[1][4] == written[1][6] == f"'{name}"


@settings(deadline=None, max_examples=30)
@given(some.lists(some.tuples(some.floats(0, 900), some.sampled_from(["business", "private", None])), max_size=60))
def test_kinds_add_up_to_the_whole_and_to_the_lines_as_they_are_shown(given: list[tuple[float, str | None]]) -> None:
    written = book(*(drive(n, km, purpose=purpose) for n, (km, purpose) in enumerate(given)))
    assert sum(written.drives(kind) for kind in KINDS) == len(given)
    assert sum(written.km(kind) for kind in KINDS) == pytest.approx(written.km(), abs=0.05)
    assert sum(float(line[9]) for line in cells(csv_of(written))[1:]) == pytest.approx(written.km(), abs=0.05)


def test_kilometres_between_drives_that_the_odometer_alone_knows_are_said() -> None:
    read = [
        drive(1, 10, odometer_start_km=100, odometer_end_km=110),
        drive(5, 4),
        drive(9, 10, odometer_start_km=121.5, odometer_end_km=131.5),
    ]
    written = book(*read)
    # 11.5 km are between the two readings, of which the drive without a reading has four.
    assert written.unaccounted_km == 7.5
    assert "7.5 km more" in text_of(pdf_of(written, UNTIL))
    assert book(*read[:2]).unaccounted_km is None
    assert "km more" not in text_of(pdf_of(book(*read[:2]), UNTIL))


def test_a_long_logbook_has_its_head_and_number_on_each_page() -> None:
    said = text_of(pdf_of(book(*(drive(n, name=f"visit {n}") for n in range(120))), UNTIL))
    pages = said.count("Odometer at") // 2
    assert pages >= 3 and "visit 119" in said
    assert [said.count(f"Page {page} of") for page in range(1, pages + 1)] == [1] * pages


def test_a_name_as_long_as_a_page_does_not_stop_the_logbook() -> None:
    assert "endless endless" in text_of(pdf_of(book(drive(1, start_name="endless " * 2000)), UNTIL)).replace(
        "\r\n", " "
    )


def test_a_pdf_says_names_of_others_as_they_are() -> None:
    said = text_of(pdf_of(book(drive(1, start_name="<b>R&D</b> Łódź")), UNTIL))
    assert "<b>R&D</b> Łódź" in said.replace("\r\n", " ")


def test_an_empty_time_says_so_in_both_languages() -> None:
    for language in ("en", "pl"):
        assert texts(language)["nothing"] in text_of(pdf_of(book(language=language), UNTIL))
        assert len(cells(csv_of(book(language=language)), ";" if language == "pl" else ",")) == 1


def test_languages_have_the_same_texts() -> None:
    assert texts("en").keys() == texts("pl").keys()
