"""HEIC files: what is read of their boxes, and that no damage to them does harm."""

from __future__ import annotations

import io
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree

import pytest
from heic_files import box, full, heic, write_heic
from hypothesis import example, given
from hypothesis import strategies as st

from iot_hub.photos.folder import files_of
from iot_hub.photos.heif import BrokenHeifError, is_heif, read_heif
from iot_hub.photos.photo import read_photo
from iot_hub.photos.stand_in import stand_in

TIFF = b"Exif\0\0MM\0*\0\0\0\x08\0\0"


class Watched(io.BytesIO):
    """A file that counts what is read of it."""

    given = 0
    calls = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None and size >= 0, "all of a file is never asked for"
        data = super().read(size)
        self.given += len(data)
        self.calls += 1
        return data


@pytest.mark.parametrize("in_box", [False, True])
def test_size_and_exif_are_those_of_the_primary_image_as_it_is_looked_at(in_box: bool) -> None:
    found = read_heif(io.BytesIO(heic(TIFF, in_box=in_box)))
    assert (found.width, found.height, found.exif) == (3024, 4032, TIFF[6:])


def test_a_photo_has_its_time_and_position(tmp_path: Path) -> None:
    file = write_heic(tmp_path / "IMG_1.HEIC", "2026:01:31 12:00:00", "+01:00", (50.06, 19.94))
    assert [found.path for found in files_of(tmp_path)] == ["IMG_1.HEIC"]
    with file.open("rb") as opened:
        photo = read_photo(opened)
    assert photo
    assert photo.taken_at == datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=1)))
    assert (photo.latitude, photo.longitude, photo.width, photo.height) == (50.06, 19.94, 3024, 4032)


def test_a_file_without_exif_is_a_photo_without_a_time() -> None:
    whole = heic(TIFF).replace(b"Exif\0\0\0", b"mime\0\0\0")
    photo = read_photo(io.BytesIO(whole.replace(b"\0\3\0\0Exif", b"\0\3\0\0mime")))
    assert photo and photo.taken_at is None and photo.width == 3024


def test_of_a_large_file_little_is_read() -> None:
    file = Watched(heic(TIFF) + box(b"mdat", bytes(3_000_000)))
    read_heif(file)
    assert file.given < 2_000


def test_a_box_that_claims_more_than_the_file_has_ends_it() -> None:
    endless = box(b"ftyp", b"heic" + bytes(12)) + b"\0\0\0\x08free" * 100_000
    for content in (endless, box(b"ftyp", b"heic" + bytes(12)) + b"\x7f\xff\xff\xffmeta"):
        file = Watched(content)
        with pytest.raises(BrokenHeifError):
            read_heif(file)
        assert file.calls < 100


def test_extents_without_bytes_are_not_counted_one_by_one() -> None:
    items = b"".join(item.to_bytes(2) + b"\0\0\xff\xff" for item in range(10, 60_000))
    located = full(b"iloc", b"\0\0" + (60_000).to_bytes(2) + items)
    whole = heic(TIFF)
    start = whole.index(b"iloc") - 4
    length = int.from_bytes(whole[start : start + 4])
    meta = whole.index(b"meta") - 4
    size = int.from_bytes(whole[meta : meta + 4]) + len(located) - length
    made = whole[:meta] + size.to_bytes(4) + whole[meta + 4 : start] + located + whole[start + length :]
    started = time.process_time()
    with pytest.raises(BrokenHeifError):
        read_heif(io.BytesIO(made))
    # One by one they would be four thousand million.
    assert time.process_time() - started < 10


@given(st.data(), st.booleans())
def test_a_damaged_file_is_read_or_refused_in_few_steps(data: st.DataObject, in_box: bool) -> None:
    content = bytearray(heic(TIFF, in_box=in_box))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(content[: data.draw(st.integers(0, len(content)))])
    file = Watched(whole)
    try:
        read_heif(file)
    except BrokenHeifError:
        pass
    # A part of a file may be claimed by 65,535 extents: together they may be no longer than EXIF data are.
    assert file.given <= 2_100_000
    read_photo(io.BytesIO(whole))


@given(st.binary(max_size=300))
@example(b"\0\0\0\0meta")
@example(full(b"meta", b"\0\0\0\1ispe" + b"\xff" * 8))
@example(full(b"meta", full(b"pitm", b"\0\1") + box(b"iprp", box(b"ipco", b"") + full(b"ipma", b"\xff" * 4))))
def test_any_boxes_are_read_or_refused(boxes: bytes) -> None:
    for whole in (
        boxes,
        box(b"ftyp", b"mif1" + bytes(12)) + boxes,
        box(b"ftyp", b"heic" + bytes(12)) + full(b"meta", boxes),
    ):
        try:
            read_heif(io.BytesIO(whole))
        except BrokenHeifError:
            continue
        assert is_heif(whole)


@given(st.text(max_size=80))
@example("<script>&\"'</script>.heic")
@example("a\x00\x1b\ud7ff.heic")
def test_a_stand_in_is_valid_svg_with_the_files_name(name: str) -> None:
    picture = ElementTree.fromstring(stand_in(name, 320))
    assert picture.get("width") == "320"
    assert [child.tag.rpartition("}")[2] for child in picture] == ["rect", "g", "text"]
