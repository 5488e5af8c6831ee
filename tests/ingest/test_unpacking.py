"""Every byte of a packed body counts: it is unpacked to its end, or refused."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st
from paths import FIXTURES

from iot_hub.errors import TooLargeError, UnreadableError, UnsupportedEncodingError
from iot_hub.ingest.http.unpacking import MOST_MEMBERS, MOST_PACKINGS, is_packed, unpack

pytestmark = pytest.mark.pure

PLAIN = b'{"device_timestamp":1755861753,"properties":{}}\n' * 40
ROOM = 1_000_000
SKIPPABLE = b"\x5a\x2a\x4d\x18\x05\0\0\0later"

Pack = Callable[[bytes], bytes]


def pack_gzip(plain: bytes) -> bytes:
    """Pack without the time: what a test is called by must be the same in every process."""
    return gzip.compress(plain, mtime=0)


def pack_raw(plain: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush()


def pack_zstd(plain: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(plain)


def pack_zstd_as_it_comes(plain: bytes) -> bytes:
    """Pack a frame that does not say how long its content is."""
    packer = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return packer.compress(plain) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) + packer.flush()


PACKERS: dict[str, tuple[str, Pack]] = {
    "gzip": ("gzip", pack_gzip),
    "zstd": ("zstd", pack_zstd),
    "zstd of unknown length": ("zstd", pack_zstd_as_it_comes),
    "deflate with zlib's head": ("deflate", zlib.compress),
    "raw deflate": ("deflate", pack_raw),
}
EVERY_PACKER = pytest.mark.parametrize(("encoding", "pack"), PACKERS.values(), ids=PACKERS)


def test_two_members_of_a_file_that_was_appended_to_are_six_lines() -> None:
    packed = (FIXTURES / "field/03-gzip-members/two_members.ndjson.gz").read_bytes()
    assert len(unpack(packed, "gzip", ROOM).splitlines()) == 6


@EVERY_PACKER
def test_a_body_that_is_cut_anywhere_is_refused(encoding: str, pack: Pack) -> None:
    packed = pack(PLAIN)
    assert unpack(packed, encoding, ROOM) == PLAIN
    for length in range(len(packed)):
        with pytest.raises(UnreadableError):
            unpack(packed[:length], encoding, ROOM)


@EVERY_PACKER
@pytest.mark.parametrize("garbage", [b"x", b"{}", b"\xff\xff", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\n"])
def test_garbage_behind_what_was_packed_is_refused(encoding: str, pack: Pack, garbage: bytes) -> None:
    with pytest.raises(UnreadableError):
        unpack(pack(PLAIN) + garbage, encoding, ROOM)


@pytest.mark.parametrize(
    ("encoding", "parts"),
    [
        ("gzip", [pack_gzip(PLAIN), pack_gzip(b""), b"\0" * 512, pack_gzip(PLAIN), b"\0" * 512]),
        ("zstd", [SKIPPABLE, pack_zstd(PLAIN), SKIPPABLE, pack_zstd_as_it_comes(PLAIN), SKIPPABLE]),
        ("deflate", [zlib.compress(PLAIN), zlib.compress(PLAIN)]),
    ],
)
def test_all_members_and_frames_count(encoding: str, parts: list[bytes]) -> None:
    packed = b"".join(parts)
    assert unpack(packed, encoding, ROOM) == PLAIN * 2
    assert unpack(packed, encoding, len(PLAIN) * 2) == PLAIN * 2
    with pytest.raises(TooLargeError):
        unpack(packed, encoding, len(PLAIN) * 2 - 1)


@pytest.mark.parametrize("pack", [pack_gzip, pack_zstd])
def test_more_members_than_any_file_has_are_refused(pack: Pack) -> None:
    assert unpack(pack(b"[]") * MOST_MEMBERS, "", ROOM) == b"[]" * MOST_MEMBERS
    with pytest.raises(UnreadableError):
        unpack(pack(b"[]") * (MOST_MEMBERS + 1), "", ROOM)


def test_small_members_before_a_large_one_are_not_copied_with_it_each_time() -> None:
    packed = pack_gzip(b"") * (MOST_MEMBERS - 1) + gzip.compress(bytes(range(256)) * 30_000, 0)
    started = time.process_time()
    assert len(unpack(packed, "gzip", 8_000_000)) == 7_680_000
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("GZIP", pack_gzip(PLAIN)),
        ("x-gzip", pack_gzip(PLAIN)),
        (" Zstd ", pack_zstd(PLAIN)),
        ("identity", PLAIN),
        ("", PLAIN),
        ("gzip,", pack_gzip(PLAIN)),
        ("identity, gzip", pack_gzip(PLAIN)),
        ("gzip, zstd", pack_zstd(pack_gzip(PLAIN))),
        ("gzip,deflate", pack_raw(pack_gzip(PLAIN))),
        ("deflate, gzip", pack_gzip(pack_raw(PLAIN))),
        ("gzip, gzip", pack_gzip(pack_gzip(PLAIN))),
    ],
)
def test_a_list_of_encodings_is_undone_from_its_end(encoding: str, body: bytes) -> None:
    assert unpack(body, encoding, ROOM) == PLAIN


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", pack_gzip(PLAIN)),
        ("", pack_zstd(PLAIN)),
        ("", zlib.compress(PLAIN)),
        ("identity", pack_gzip(PLAIN)),
        ("zstd", pack_gzip(PLAIN)),
        ("gzip", pack_zstd(PLAIN)),
        ("gzip", pack_gzip(pack_gzip(PLAIN))),
        ("gzip", PLAIN),
        ("zstd", PLAIN),
        ("deflate", PLAIN),
        ("gzip", b"lat=52.23&lon=21.01"),
        ("deflate", b"\xef\xbb\xbf" + PLAIN),
    ],
)
def test_a_body_is_read_whatever_its_header_says_of_it(encoding: str, body: bytes) -> None:
    assert unpack(body, encoding, ROOM) in (PLAIN, body)
    assert not is_packed(unpack(body, encoding, ROOM))


@pytest.mark.parametrize("body", [b"", b"no gzip", b"\xff" * 9, b"\x1f", b"{\xff}"])
@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_what_is_neither_packed_nor_plain_is_refused(encoding: str, body: bytes) -> None:
    with pytest.raises(UnreadableError):
        unpack(body, encoding, ROOM)


@pytest.mark.parametrize("encoding", ["br", "gzip, br", "gzip; q=1", "utf-8", "\xff"])
def test_an_unknown_encoding_is_refused_with_those_that_are_known(encoding: str) -> None:
    with pytest.raises(UnsupportedEncodingError, match="gzip, zstd, deflate or identity") as refused:
        unpack(PLAIN, encoding, ROOM)
    assert (refused.value.status, dict(refused.value.headers)) == (415, {b"accept-encoding": b"gzip, zstd, deflate"})


@pytest.mark.parametrize("pack", [pack_gzip, pack_zstd, zlib.compress])
def test_a_bomb_is_refused_before_it_has_grown_however_often_it_is_packed(pack: Pack) -> None:
    bomb = pack(bytes(20_000_000))
    for _ in range(2):
        with pytest.raises(TooLargeError):
            unpack(bomb, "", ROOM)
        bomb = pack(bomb)


def test_packings_upon_each_other_have_an_end() -> None:
    packed = PLAIN
    for _ in range(MOST_PACKINGS):
        packed = pack_gzip(packed)
    assert unpack(packed, "gzip", ROOM) == PLAIN
    with pytest.raises(UnreadableError):
        unpack(pack_gzip(packed), "gzip", ROOM)


@given(
    body=st.binary(max_size=60).flatmap(
        lambda plain: st.sampled_from(
            [plain, pack_gzip(plain), pack_zstd(plain), zlib.compress(plain), pack_raw(plain)]
        )
    ),
    at=st.integers(0, 80),
    byte=st.binary(max_size=2),
    encoding=st.sampled_from(["", "gzip", "zstd", "deflate", "gzip, zstd", "br"]),
)
@example(body=b"\x28\xb5\x2f\xfd" + b"\xff" * 20, at=0, byte=b"", encoding="")
def test_any_bytes_are_unpacked_or_refused(body: bytes, at: int, byte: bytes, encoding: str) -> None:
    try:
        unpack(body[:at] + byte + body[at:], encoding, 1_000)
    except (TooLargeError, UnreadableError, UnsupportedEncodingError):
        return
