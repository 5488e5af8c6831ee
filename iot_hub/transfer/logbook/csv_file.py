"""A logbook as CSV, which spreadsheets open."""

from __future__ import annotations

import csv
import io

from iot_hub.transfer.logbook.logbook import Logbook, number, texts

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute (OWASP, CSV injection)."""


def csv_of(logbook: Logbook) -> bytes:
    """Return the CSV, UTF-8 with a byte order mark; with semicolons where a comma is in the numbers."""
    say = texts(logbook.language)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if say["decimal"] == "," else ",", lineterminator="\r\n")
    writer.writerow(
        say[name]
        for name in (
            "number", "date", "starts", "ends", "from", "to", "reason", "odometer_start", "odometer_end", "km", "kind",
        )
    )  # fmt: skip
    for line in logbook.lines:
        writer.writerow(
            (
                line.number,
                line.starts.strftime(say["date_format"]),
                line.starts.strftime("%H:%M"),
                line.ends.strftime("%H:%M"),
                _words(line.start),
                _words(line.end),
                _words(line.reason),
                number(line.odometer_start_km, logbook.language),
                number(line.odometer_end_km, logbook.language),
                number(line.km, logbook.language),
                say[line.kind],
            )
        )
    return text.getvalue().encode("utf-8-sig")


def _words(text: str) -> str:
    """Return words that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
