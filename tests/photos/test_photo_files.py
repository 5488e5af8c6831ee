"""What a photo's file says of itself, and what is made of it."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from photo_files import write_photo
from PIL import Image

from iot_hub.photos import thumbnails
from iot_hub.photos.folder import files_of, open_inside
from iot_hub.photos.photo import read_photo
from iot_hub.photos.thumbnails import draw, thumbnail, trim

NOON = "2026:01:31 12:00:00"


def _damaged() -> bytes:
    with TemporaryDirectory() as folder:
        return write_photo(Path(folder, "a.jpg"), NOON, "+01:00", (50.06, 19.94)).read_bytes()


DAMAGED = _damaged()


@pytest.mark.parametrize(
    ("offset", "taken"),
    [
        ("+01:00", datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=1)))),
        ("-03:30", datetime(2026, 1, 31, 12, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
        ("+00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (None, datetime(2026, 1, 31, 12)), ("odd", datetime(2026, 1, 31, 12)), ("+99:00", datetime(2026, 1, 31, 12)),
    ],
)  # fmt: skip
def test_time_has_the_offset_that_the_file_says(tmp_path: Path, offset: str | None, taken: datetime) -> None:
    photo = read_photo(io.BytesIO(write_photo(tmp_path / "a.jpg", NOON, offset).read_bytes()))
    assert photo
    assert (photo.taken_at, photo.taken_at and photo.taken_at.utcoffset()) == (taken, taken.utcoffset())


@pytest.mark.parametrize(
    "taken", [None, "0000:00:00 00:00:00", "1970:01:01 00:00:00", "yesterday", "    :  :     :  :  "]
)
def test_a_time_that_is_none_is_unknown(tmp_path: Path, taken: str | None) -> None:
    photo = read_photo(io.BytesIO(write_photo(tmp_path / "a.jpg", taken).read_bytes()))
    assert photo and photo.taken_at is None


@pytest.mark.parametrize("at", [(50.0614, 19.9366), (-33.8568, 151.2153), (-13.1631, -72.545), (0.0, -179.9999)])
def test_a_position_is_read_on_all_quarters_of_the_earth(tmp_path: Path, at: tuple[float, float]) -> None:
    photo = read_photo(io.BytesIO(write_photo(tmp_path / "a.jpg", NOON, at=at).read_bytes()))
    assert photo and photo.latitude is not None and photo.longitude is not None
    assert abs(photo.latitude - at[0]) < 1e-5 and abs(photo.longitude - at[1]) < 1e-5


@pytest.mark.parametrize("at", [None, (0.0, 0.0), (91.0, 10.0), (10.0, 181.0)])
def test_a_position_that_is_none_is_unknown(tmp_path: Path, at: tuple[float, float] | None) -> None:
    photo = read_photo(io.BytesIO(write_photo(tmp_path / "a.jpg", NOON, at=at).read_bytes()))
    assert photo and (photo.latitude, photo.longitude) == (None, None)


def test_a_photo_that_lies_on_its_side_is_as_wide_as_it_is_looked_at(tmp_path: Path) -> None:
    photo = read_photo(io.BytesIO(write_photo(tmp_path / "a.jpg", orientation=6).read_bytes()))
    assert photo and (photo.width, photo.height) == (40, 60)


@given(st.binary(max_size=400))
@example(b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff")
@example(b"GIF89a" + bytes(20))
def test_a_file_that_is_no_photo_is_none(content: bytes) -> None:
    assert read_photo(io.BytesIO(content)) is None


@given(st.data())
def test_a_damaged_photo_is_read_or_none_and_never_an_error(data: st.DataObject) -> None:
    content = bytearray(DAMAGED)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_photo(io.BytesIO(bytes(content[: data.draw(st.integers(0, len(content)))])))


def test_photos_of_a_folder_are_found_and_nothing_else(tmp_path: Path) -> None:
    outside = write_photo(tmp_path / "outside.jpg")
    folder = tmp_path / "photos"
    for name in ("a.jpg", "2026/May/b.JPEG", ".hidden.jpg", ".trash/c.jpg"):
        write_photo(folder / name)
    (folder / "notes.txt").write_text("no photo")
    (folder / "link.jpg").symlink_to(outside)
    (folder / "away").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.jpg")
    assert [found.path for found in files_of(folder)] == ["a.jpg", "2026/May/b.JPEG"]


@pytest.mark.parametrize(
    "path", ["../outside.jpg", "/etc/passwd", "away/outside.jpg", "link.jpg", "pipe.jpg", "2026", "", ".", "a//b.jpg"]
)
def test_a_file_is_opened_only_inside_the_folder(tmp_path: Path, path: str) -> None:
    outside = write_photo(tmp_path / "outside.jpg")
    folder = tmp_path / "photos"
    write_photo(folder / "2026/b.jpg")
    (folder / "link.jpg").symlink_to(outside)
    (folder / "away").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.jpg")
    with open_inside(folder, "2026/b.jpg") as opened:
        assert opened.read(2) == b"\xff\xd8"
    with pytest.raises(OSError):
        open_inside(folder, path)


def test_a_small_picture_is_upright_and_says_nothing_of_itself(tmp_path: Path) -> None:
    file = write_photo(tmp_path / "a.jpg", NOON, at=(50.06, 19.94), size=(1200, 800), orientation=6)
    with file.open("rb") as opened:
        made = draw(opened, 320)
    assert b"Exif" not in made and b"Secret" not in made
    with Image.open(io.BytesIO(made)) as small:
        assert small.size == (213, 320)
        # Turned by a quarter: what was above is on the right.
        right, left = small.convert("RGB").getpixel((200, 160)), small.convert("RGB").getpixel((10, 160))
    assert isinstance(right, tuple) and isinstance(left, tuple)
    assert right[0] > 200 and left[2] > 200


def test_a_picture_with_too_many_pixels_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MOST_PIXELS", 1_000)
    Image.new("RGB", (100, 100)).save(tmp_path / "bomb.png")
    assert thumbnail(tmp_path / "kept", tmp_path, "bomb.png", 1, 1, "small") is None


def test_pictures_are_kept_until_the_folder_is_full(tmp_path: Path) -> None:
    cache = tmp_path / "kept"
    write_photo(tmp_path / "a.jpg")
    first = thumbnail(cache, tmp_path, "a.jpg", 1, 5, "small")
    (tmp_path / "a.jpg").unlink()
    assert first and thumbnail(cache, tmp_path, "a.jpg", 1, 5, "small") == first
    # A changed file is another picture.
    assert thumbnail(cache, tmp_path, "a.jpg", 1, 6, "small") is None
    for number in range(3):
        (cache / f"{number}.jpg").write_bytes(bytes(100))
        os.utime(cache / f"{number}.jpg", (number, number))
    trim(cache, 100 + len(first))
    assert sorted(file.name for file in cache.iterdir()) == ["1-5-small.jpg", "2.jpg"]
    assert cache.stat().st_mode & 0o777 == 0o700
