"""A body in another charset than UTF-8 is converted, or stays as it came for its source to reject."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.ingest.http.charset import to_utf8

pytestmark = pytest.mark.pure

TEXT = '{"desc":"Łódź, Café"}'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (TEXT.encode(), "application/json"),
        (TEXT.encode(), "application/json; charset=utf-8"),
        (TEXT.encode(), "application/json; charset=iso-8859-1"),
        (TEXT.encode("utf-16"), "application/json"),
        (TEXT.encode("utf-16"), "application/json; charset=utf-16"),
        (TEXT.encode("utf-16-le"), "application/json; charset=utf-16le"),
        (TEXT.encode("utf-16-be"), "application/json; charset=utf-16be"),
        (TEXT.encode("utf-16-le"), ""),
        (TEXT.encode("utf-16-be"), "text/plain; charset=utf-8"),
        (TEXT.encode("utf-32"), "application/json"),
        (TEXT.encode("utf-32-be"), "application/json"),
        (TEXT.encode("iso-8859-2"), "application/json; charset='iso-8859-2'"),
        (TEXT.encode("cp1250"), 'application/json; charset="windows-1250"'),
    ],
)
def test_a_charset_is_known_by_the_bytes_or_by_its_name(body: bytes, content_type: str) -> None:
    assert to_utf8(body, content_type).decode().removeprefix("\ufeff") == TEXT


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"desc":"Caf\xe9"}', ""),
        (b'{"desc":"Caf\xe9"}', "application/json; charset=utf-8"),
        (b'{"desc":"Caf\xe9"}', "application/json; charset=klingon"),
        (b'{"desc":"Caf\xe9"}', "application/json; charset=zlib"),
        (b'{"desc":"Caf\xe9"}', "application/json; charset=punycode"),
        (b'{"desc":"Caf\xe9"}', "application/json; charset="),
        (b'{\0"\0\xff', ""),
        (b"\xff\xfe\0\xd8", "application/json; charset=utf-16"),
        (b"\0\0\0\0", ""),
        (b"\0\1\2\3", ""),
    ],
)
def test_what_can_not_be_converted_stays_as_it_came(body: bytes, content_type: str) -> None:
    assert to_utf8(body, content_type) == body


@given(
    body=st.binary(max_size=40),
    charset=st.text(max_size=12) | st.sampled_from(["utf-16", "gb18030", "hz", "utf-7", "cp037"]),
)
def test_any_bytes_in_any_charset_are_converted_or_stay(body: bytes, charset: str) -> None:
    assert isinstance(to_utf8(body, f"application/json; charset={charset}"), bytes)
