"""Posters: what a frame shows, what the sheet says, and that both files are one drawing."""

from __future__ import annotations

import asyncio
import io
import struct
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from iot_hub.geography.base_map import ATTRIBUTION
from iot_hub.posters.base_tiles import LAYERS, shapes_in
from iot_hub.posters.content import Wanted, line_of
from iot_hub.posters.drawing import pdf_of
from iot_hub.posters.drawn_apart import drawn
from iot_hub.posters.frame import WORLD_M, Frame, frame_of
from iot_hub.posters.poster import Line, Poster, Sheet
from iot_hub.posters.raster import DOTS_PER_INCH, png_of

WARSAW = ZoneInfo("Europe/Warsaw")
KRAKOW: Line = [(2_219_000, 6_456_000), (2_219_150, 6_456_040), (2_219_200, 6_456_110)]
EDGE = WORLD_M / 2

points = some.tuples(some.floats(-EDGE, EDGE), some.floats(-1.5e7, 1.5e7))
lines = some.lists(some.lists(points, min_size=1, max_size=4), min_size=1, max_size=6)
aspects = some.floats(0.5, 2)


def wanted(language: str = "en", **more: Any) -> Wanted:
    year = {"since": datetime(2024, 12, 31, 23, tzinfo=UTC), "until": datetime(2025, 12, 31, 23, tzinfo=UTC)}
    return Wanted(**(year | {"zone": WARSAW, "language": language, "device": "phone", "sheet": Sheet()} | more))


def wkb(line: Line) -> bytes:
    return struct.pack(f"<BII{2 * len(line)}d", 1, 2, len(line), *(value for point in line for value in point))


def rows_of(**lines: Line) -> list[dict[str, Any]]:
    return [{"mode": mode, "line": wkb(line)} for mode, line in lines.items()]


def totals(trips: int, **modes: float) -> dict[str, Any]:
    starts, ends = datetime(2025, 3, 1, 8, tzinfo=UTC), datetime(2025, 3, 1, 9, 5, tzinfo=UTC)
    return {"trips": trips, "days": min(trips, 22), "modes": modes, "starts": starts, "ends": ends, "extent_m": 200.0}


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        assert len(document) == 1
        return str(document[0].get_textpage().get_text_range())
    finally:
        document.close()


@given(lines, aspects)
def test_a_frame_holds_every_line_wherever_it_lies(of_all: list[Line], aspect: float) -> None:
    frame = frame_of(of_all, aspect)
    assert frame.width == pytest.approx(frame.height * aspect)
    for line in of_all:
        if max(x for x, _ in line) - min(x for x, _ in line) > WORLD_M / 4 or frame.width > WORLD_M * 0.75:
            continue
        for x, y in frame.shift(line):
            assert frame.west - 1 <= x <= frame.east + 1
            assert frame.south - 1 <= y <= frame.north + 1


def test_lines_on_both_sides_of_the_antimeridian_are_beside_each_other() -> None:
    frame = frame_of([[(EDGE - 50_000, 0), (EDGE, 0)], [(-EDGE, 0), (50_000 - EDGE, 20_000)]], 1)
    assert frame.width < 150_000
    assert frame.shift([(-EDGE, 0), (50_000 - EDGE, 0)])[0][0] == pytest.approx(EDGE)


def test_the_base_map_is_read_on_both_sides_of_the_antimeridian() -> None:
    fiji = Frame(EDGE - 400_000, -1_600_000, 800_000, 800_000)
    found = [(layer, x) for layer, rings in shapes_in(fiji) for ring in rings for x, _ in ring]
    assert {"land"} <= {layer for layer, _ in found} <= set(LAYERS)
    # Viti Levu in the west of the frame, Taveuni and the Lau islands beyond the antimeridian.
    assert min(x for _, x in found) < EDGE - 100_000 < EDGE < max(x for _, x in found)


@given(some.lists(points, min_size=1, max_size=20))
def test_a_line_is_read_from_well_known_binary(line: Line) -> None:
    assert line_of(wkb(line)) == line


def test_a_year_says_its_number_and_its_totals_in_both_languages() -> None:
    of_year = {"countries": 3, "cities": 22}
    known = totals(2, vehicle=1_234_567.0, on_foot=940.0)
    english = wanted().compose(known, rows_of(vehicle=KRAKOW), None, of_year)
    assert (english.title, english.subtitle, english.ends) == ("2025", "phone", None)
    assert [(figure.value, figure.label) for figure in english.figures] == [
        ("1\u00a0236 km", "travelled"),
        ("2", "trips"), ("2", "days on the way"), ("3", "countries"), ("22", "cities"),
        ("1\u00a0235 km", "by vehicle"), ("940 m", "on foot"),
    ]  # fmt: skip
    polish = wanted("pl").compose(known, rows_of(vehicle=KRAKOW), None, of_year)
    assert [figure.label for figure in polish.figures][1:5] == ["podróże", "dni w drodze", "kraje", "miasta"]


def test_a_trip_is_named_by_its_ends_and_timed_by_the_clocks_there() -> None:
    ends = {"start_name": "Home", "start_zone": None, "end_name": "Lisbon", "end_zone": "Europe/Lisbon"}
    poster = wanted(until=datetime(2025, 3, 2, tzinfo=UTC)).compose(
        totals(1, on_foot=240.0), rows_of(on_foot=KRAKOW), ends
    )
    assert poster.title == "Home – Lisbon"
    assert poster.subtitle == "1 March 2025, 09:00 – 09:05 · phone"
    assert [figure.value for figure in poster.figures] == ["240 m", "1 h 05 min", "240 m"]
    assert poster.ends == (KRAKOW[0], KRAKOW[-1])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["a2", "a3"])
def test_pdf_and_png_are_one_drawing_of_the_size_asked_for(size: Any, theme: Any) -> None:
    sheet = Sheet(size, "landscape", theme)
    poster = wanted(sheet=sheet).compose(totals(1, on_foot=240.0), rows_of(on_foot=KRAKOW))
    pdf = pdf_of(poster)
    assert pdf == pdf_of(poster)
    text = text_of(pdf)
    assert "2025" in text and ATTRIBUTION in text and "50 m" in text
    with Image.open(io.BytesIO(png_of(pdf))) as picture:
        inches = (sheet.width_mm / 25.4, sheet.height_mm / 25.4)
        assert picture.size == pytest.approx([DOTS_PER_INCH * each for each in inches], abs=2)
        corner = picture.convert("L").getpixel((5, 5))
        assert isinstance(corner, int) and (corner > 128) == (theme == "light")


@pytest.mark.parametrize("title", ["Łódź – Αθήνα – Пермь", "東京 · القاهرة", "x" * 120, "<&>"])
def test_any_title_is_written_on_the_sheet(title: str) -> None:
    pdf = pdf_of(wanted(title=title).compose(totals(2, train=9e6), rows_of(train=KRAKOW)))
    assert title.isascii() is False or title in text_of(pdf)
    assert "2025" in text_of(pdf)


def test_an_empty_year_says_that_nothing_is_known() -> None:
    poster = wanted().compose(totals(0), [])
    assert poster.figures == []
    assert "Nothing is known of this time." in text_of(pdf_of(poster))


def test_a_process_apart_draws_the_same() -> None:
    poster: Poster = wanted().compose(totals(1, on_foot=240.0), rows_of(on_foot=KRAKOW))
    assert asyncio.run(drawn(poster, "pdf")) == pdf_of(poster)
    assert asyncio.run(drawn(poster, "png"))[:4] == b"\x89PNG"
