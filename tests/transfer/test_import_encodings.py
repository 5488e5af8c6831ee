"""Text is read in whatever encoding and with whatever line ends it was written, and what is no UTF-8 is told."""

from __future__ import annotations

import codecs
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imports import events, read, read_parts
from paths import FIXTURES

from iot_hub.transfer.imports.recognition import recognised
from iot_hub.transfer.imports.stream import buffered
from iot_hub.transfer.imports.text_encoding import as_text, encoding_of

FIELD = FIXTURES / "field" / "30-utf16-and-cp1252"
AT = "2024-06-15T10:30:00Z"
TABLE = f"time,latitude,longitude,note\n{AT},52.23,21.01,Łódź ąę\n{AT},52.24,21.02,ż\n"
TRACK = f'<?xml version="1.0" encoding="{{}}"?><gpx><trk><trkseg><trkpt lat="52" lon="21"><time>{AT}</time><name>Łódź</name></trkpt></trkseg></trk></gpx>'
UTF = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


def decoded(content: bytes, fallback: str = "windows-1252") -> str:
    return as_text(buffered(io.BytesIO(content)), fallback).read().decode()


def told(event: Any, source: str, name: str) -> Any:
    return json.loads(event.properties)[source][name]


@pytest.mark.parametrize("encoding", UTF)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_in_each_unicode_encoding_and_with_each_line_end(encoding: str, line_end: str) -> None:
    content = TABLE.replace("\n", line_end).encode(encoding)
    assert recognised(content) == "csv"
    assert [told(event, "csv", "note") for event in events(read("csv", content))] == ["Łódź ąę", "ż"]


@pytest.mark.parametrize("encoding", [*UTF, "windows-1250", "iso-8859-2"])
def test_xml_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    content = TRACK.format(encoding.removesuffix("-sig")).encode(encoding)
    assert recognised(content) == "gpx"
    [event] = events(read("gpx", content))
    assert told(event, "gpx", "name") == "Łódź"


@pytest.mark.parametrize("declared", ["utf-16", "none-such", "base64", "utf-8"])
def test_xml_that_declares_what_it_is_not_is_read_as_it_is(declared: str) -> None:
    [event] = events(read("gpx", TRACK.format(declared).encode()))
    assert told(event, "gpx", "name") == "Łódź"


def test_a_byte_that_is_no_utf_8_is_converted_wherever_it_stands() -> None:
    assert decoded("Łódź ".encode() + b"52.6\xb0 caf\xe9") == "Łódź 52.6° café"
    assert decoded(b"x" * 200_000 + b"\xb0") == "x" * 200_000 + "°"
    assert decoded("a°ą".encode("windows-1250"), "windows-1250") == "a°ą"
    assert "�" in decoded(b"\x81")


def test_what_is_no_text_is_left_alone() -> None:
    binary = b"\x0e\x10\x5c\x08\0\0\0\0.FIT\xff\xfe\r\r"
    assert encoding_of(binary) is None
    assert as_text(buffered(io.BytesIO(binary))).read() == binary


def test_carriage_returns_stay_where_lines_end_otherwise() -> None:
    assert decoded(b'a,b\r\n1,"x\ry"\r\n') == 'a,b\r\n1,"x\ry"\r\n'


@given(
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=300),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_every_text_comes_back_from_every_encoding_with_a_mark(text: str, encoding: str) -> None:
    content = text.encode(encoding)
    if text and not text.startswith("\ufeff"):
        assert decoded(content) == text


@given(st.binary(max_size=300))
def test_whatever_bytes_there_are_text_comes_of_them_or_they_are_left_alone(content: bytes) -> None:
    stream = as_text(buffered(io.BytesIO(content)))
    found = stream.read()
    if encoding_of(content):
        found.decode()
    else:
        assert found == content


@pytest.mark.parametrize(
    ("name", "count", "converted"),
    [
        ("excel_utf16.csv", 3, "utf-16-le"),
        ("cp1252_Timeline.json", 2, "windows-1252"),
        ("bom_Timeline.json", 2, None),
        ("powershell_Timeline.json", 2, "utf-16-le"),
        ("excel_mac_cr.csv", 3, None),
    ],
)
def test_files_that_programs_for_windows_saved_are_read_whole(name: str, count: int, converted: str | None) -> None:
    [part] = read_parts(FIELD / name)
    found = events(part.items)
    assert (len(found), part.converted_from) == (count, converted)
    assert all("location" in json.loads(event.properties) for event in found)


def test_the_mark_of_utf_8_stands_before_a_file_in_an_archive_too(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", codecs.BOM_UTF8 + TABLE.encode())
    [part] = read_parts(tmp_path / "a.zip")
    assert len(events(part.items)) == 2
