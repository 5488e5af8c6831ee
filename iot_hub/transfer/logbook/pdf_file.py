"""A logbook as PDF: A4 across, as many pages as it takes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from html import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepTogether, PageTemplate, Paragraph, Spacer, Table

from iot_hub.posters.fonts import Weight, runs
from iot_hub.transfer.logbook.logbook import KINDS, Line, Logbook, number, texts

_INK, _RULE, _STRIPE = HexColor("#1b2330"), HexColor("#c3c9d2"), HexColor("#f4f6f9")
_MARGIN = 14 * mm
_WIDTHS_MM = (10, 18, 15, 13, 48, 48, 40, 20, 20, 15, 22)
_COLUMNS = ("number", "date", "starts", "ends", "from", "to", "reason", "odometer_start", "odometer_end", "km", "kind")
_NUMBERS = (0, 7, 8, 9)
_LONGEST_CELL = 300
"""Letters: a row is on one page."""
_SMALL, _TOTAL_MM, _PAGES = 7.5, 8, "pages"


def pdf_of(logbook: Logbook, made: datetime) -> bytes:
    """Return the PDF, which says when it was made."""
    written = io.BytesIO()
    width, height = landscape(A4)
    frame = Frame(
        _MARGIN, _MARGIN, width - 2 * _MARGIN, height - 2 * _MARGIN, leftPadding=0, rightPadding=0, topPadding=0,
        bottomPadding=0,
    )  # fmt: skip

    def number_page(canvas: Canvas, document: BaseDocTemplate) -> None:
        text = texts(logbook.language)["page"].format(page=document.page, pages="")
        label = _words(text, _SMALL, right=True)
        label.wrapOn(canvas, 60 * mm, 10 * mm)
        label.drawOn(canvas, width - _MARGIN - _TOTAL_MM * mm - 60 * mm, 7 * mm)
        canvas.saveState()
        canvas.translate(width - _MARGIN - _TOTAL_MM * mm, 7 * mm)
        canvas.doForm(_PAGES)
        canvas.restoreState()

    title = f"{texts(logbook.language)['title']}: {logbook.car}"
    document = BaseDocTemplate(written, pagesize=(width, height), title=title, creator="IoT Personal Hub", invariant=1)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=number_page))
    document.build([*_story(logbook, made), _PageTotal()])
    return written.getvalue()


class _PageTotal(Flowable):
    """Writes how many pages there are into a form that all pages show: it is known at the last."""

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        label = _words(f"\u00a0{self.canv.getPageNumber()}", _SMALL)
        self.canv.beginForm(_PAGES)
        label.wrapOn(self.canv, _TOTAL_MM * mm, 10 * mm)
        label.drawOn(self.canv, 0, 0)
        self.canv.endForm()


def _story(logbook: Logbook, made: datetime) -> Iterator[Flowable]:
    say = texts(logbook.language)
    days = (logbook.since.astimezone(logbook.zone), logbook.last_day)
    first, last = (day.strftime(say["date_format"]) for day in days)
    yield _words(f"{say['title']}: {logbook.car}", 15, "semibold")
    yield _words(say["period"].format(since=first, until=last), 9)
    yield Spacer(0, 4 * mm)
    if not logbook.lines:
        yield _words(say["nothing"], 10)
        return
    yield _drives(logbook)
    yield Spacer(0, 6 * mm)
    # What they add up to is on one page.
    yield KeepTogether([_totals(logbook), Spacer(0, 3 * mm), *_notes(logbook, made)])


def _notes(logbook: Logbook, made: datetime) -> Iterator[Flowable]:
    say = texts(logbook.language)
    if unaccounted := logbook.unaccounted_km:
        yield _words(say["unaccounted"].format(km=number(unaccounted, logbook.language)), 8)
    if logbook.has_measured:
        yield _words(say["measured"], 8)
    day = made.astimezone(logbook.zone).strftime(say["date_format"])
    yield _words(say["made"].format(date=day, zone=logbook.zone.key), 8)


def _drives(logbook: Logbook) -> Table:
    say = texts(logbook.language)
    head = [_cell(say[name], weight="semibold", right=at in _NUMBERS) for at, name in enumerate(_COLUMNS)]
    rows = [
        [_cell(text, right=at in _NUMBERS) for at, text in enumerate(_cells(line, logbook))] for line in logbook.lines
    ]
    return Table(
        [head, *rows], colWidths=[width * mm for width in _WIDTHS_MM], repeatRows=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, _INK),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, _RULE),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), (None, _STRIPE)),
            *_tight(),
        ],
    )  # fmt: skip


def _cells(line: Line, logbook: Logbook) -> tuple[str, ...]:
    say = texts(logbook.language)
    return (
        str(line.number),
        line.starts.strftime(say["date_format"]),
        line.starts.strftime("%H:%M"),
        line.ends.strftime("%H:%M"),
        line.start,
        line.end,
        line.reason,
        *(number(km, logbook.language) for km in (line.odometer_start_km, line.odometer_end_km, line.km)),
        say[line.kind],
    )


def _totals(logbook: Logbook) -> Table:
    say, total = texts(logbook.language), logbook.km()
    rows = [[_cell(say[name], weight="semibold", right=name != "kind") for name in ("kind", "drives", "km", "share")]]
    for kind in KINDS:
        if count := logbook.drives(kind):
            km = logbook.km(kind)
            share = f"{100 * km / total:.0f}\u202f%" if total else ""
            figures = (str(count), number(km, logbook.language), share)
            rows.append([_cell(say[kind]), *(_cell(text, right=True) for text in figures)])
    figures = (str(len(logbook.lines)), number(total, logbook.language), "")
    sums = (_cell(text, weight="semibold", right=True) for text in figures)
    rows.append([_cell(say["total"], weight="semibold"), *sums])
    return Table(
        rows, colWidths=[40 * mm, 24 * mm, 24 * mm, 20 * mm], hAlign="LEFT",
        style=[
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, _INK),
            ("LINEABOVE", (0, -1), (-1, -1), 0.8, _INK),
            *_tight(),
        ],
    )  # fmt: skip


def _tight() -> list[tuple[str, tuple[int, int], tuple[int, int], float]]:
    return [
        (name, (0, 0), (-1, -1), padding)
        for name, padding in (("TOPPADDING", 1.5), ("BOTTOMPADDING", 2), ("LEFTPADDING", 2), ("RIGHTPADDING", 2))
    ]


def _cell(text: str, *, weight: Weight = "regular", right: bool = False) -> Paragraph:
    shown = text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
    return _words(shown, _SMALL, weight, right=right)


def _words(text: str, size: float, weight: Weight = "regular", *, right: bool = False) -> Paragraph:
    """Return text as a paragraph, each letter in a font that has it."""
    marked = "".join(f'<font name="{font}">{escape(run)}</font>' for run, font in runs(text, weight))
    style = ParagraphStyle("words", fontSize=size, leading=size * 1.25, textColor=_INK, wordWrap="LTR")
    if right:
        style.alignment = TA_RIGHT
    return Paragraph(marked, style)
