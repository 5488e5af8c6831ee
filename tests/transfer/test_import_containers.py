"""What is packed is read, however it is packed; what can't be unpacked is told and spoils nothing else."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import zstandard
from imports import ReadPart, events, read_parts, reasons
from paths import FIXTURES

from iot_hub.transfer.imports import containers

TRACK = b'<gpx><trk><trkseg><trkpt lat="52.1" lon="21.1"><time>2024-06-15T10:30:00Z</time></trkpt></trkseg></trk></gpx>'
TABLE = b"time,lat,lon\n1700000000,52,21\n1700000060,52,21\n"
PACKINGS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstandard.compress}


def zipped(files: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(files: Mapping[str, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=format) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def parts(folder: Path, content: bytes, format: str | None = None) -> list[ReadPart]:
    (folder / "file").write_bytes(content)
    return read_parts(folder / "file", format)


def told(found: list[ReadPart]) -> list[tuple[str, str | None, int, str | None]]:
    return [(part.name, part.format, len(events(part.items)), part.trouble) for part in found]


@pytest.mark.parametrize("suffix", PACKINGS)
def test_a_packed_file_is_read_and_so_is_one_of_several_parts(suffix: str, tmp_path: Path) -> None:
    pack = PACKINGS[suffix]
    half = len(TABLE) // 2
    for content in (pack(TABLE), pack(TABLE[:half]) + pack(TABLE[half:])):
        assert told(parts(tmp_path, content)) == [("file", "csv", 2, None)]


@pytest.mark.parametrize("suffix", PACKINGS)
def test_a_packed_file_that_is_cut_short_gives_what_was_whole_and_says_so(suffix: str, tmp_path: Path) -> None:
    import random

    rows = "".join(f"{1_700_000_000 + n},52.{random.Random(n).randrange(10**9)},21\n" for n in range(20_000))
    whole = PACKINGS[suffix](f"time,lat,lon\n{rows}".encode())
    [part] = parts(tmp_path, whole[: len(whole) * 9 // 10])
    assert part.trouble == "broken_archive"
    assert reasons(part.items)[-1] == "broken_archive"
    assert suffix == ".bz2" or len(events(part.items)) > 10_000  # bzip2's blocks hold 900 kB.


@pytest.mark.parametrize("suffix", ["", *PACKINGS])
@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_is_read_however_it_is_packed(suffix: str, format: int, tmp_path: Path) -> None:
    content = tarred({"a/track.gpx": TRACK, "a/b.txt": b"nothing", "c.csv": TABLE}, format)
    pack = PACKINGS.get(suffix, bytes)
    assert told(parts(tmp_path, pack(content))) == [
        ("a/track.gpx", "gpx", 1, None), ("a/b.txt", None, 0, None), ("c.csv", "csv", 2, None),
    ]  # fmt: skip


def test_archives_in_archives_are_read_and_named_with_what_they_are_in(tmp_path: Path) -> None:
    inner = zipped({"doc.kml": b"<kml/>", "t.gpx": TRACK})
    content = zipped(
        {"b/inner.kmz": inner, "c.tgz": gzip.compress(tarred({"t.gpx": TRACK})), "d.gpx.gz": gzip.compress(TRACK)}
    )
    assert told(parts(tmp_path, content)) == [
        ("b/inner.kmz/doc.kml", "kml", 0, None), ("b/inner.kmz/t.gpx", "gpx", 1, None),
        ("c.tgz/t.gpx", "gpx", 1, None), ("d.gpx", "gpx", 1, None),
    ]  # fmt: skip


def test_archives_in_each_other_without_end_are_told(tmp_path: Path) -> None:
    content = TRACK
    for _ in range(containers.DEEPEST):
        content = zipped({"a.zip": content})
    assert [part.format for part in parts(tmp_path, content)] == ["gpx"]
    [part] = parts(tmp_path, zipped({"a.zip": content}))
    assert (part.trouble, reasons(part.items)) == ("packed_too_deep", ["packed_too_deep"])


def test_a_member_that_is_damaged_or_has_a_password_or_is_an_unknown_archive_spoils_no_other(tmp_path: Path) -> None:
    content = bytearray(
        zipped(
            {"locked.gpx": TRACK, "a.7z": b"7z\xbc\xaf\x27\x1c" + bytes(99), "bad.gpx": TRACK, "good.gpx": TRACK},
            zipfile.ZIP_STORED,
        )
    )
    listed = content.index(b"PK\x01\x02")
    content[listed + 8] |= 1  # The first member's flag in the directory.
    bad = content.index(TRACK, content.index(TRACK) + 1)
    content[bad + 60] ^= 8
    found = parts(tmp_path, bytes(content))
    assert [(part.name, part.trouble) for part in found] == [
        ("locked.gpx", "encrypted"), ("a.7z", "archive_unknown"), ("bad.gpx", "broken_archive"), ("good.gpx", None),
    ]  # fmt: skip
    assert len(events(found[-1].items)) == 1


@pytest.mark.parametrize("method", [9, 99])
def test_a_member_that_is_packed_in_an_unknown_way_is_told(method: int, tmp_path: Path) -> None:
    content = bytearray(zipped({"a.gpx": TRACK, "b.gpx": TRACK}))
    listed = content.index(b"PK\x01\x02")
    content[listed + 10] = content[8] = method
    assert [part.trouble for part in parts(tmp_path, bytes(content))] == ["packing_unknown", None]


def test_an_archive_that_is_cut_off_gives_what_was_whole(tmp_path: Path) -> None:
    content = tarred({"a.gpx": TRACK, "b.csv": b"time,lat,lon\n" + b"1700000000,52,21\n" * 2_000})
    found = parts(tmp_path, content[: len(content) // 2])
    assert [(part.name, part.trouble) for part in found] == [
        ("a.gpx", None),
        ("b.csv", "broken_archive"),
        ("file", "broken_archive"),
    ]
    [part] = parts(tmp_path, zipped({"a.gpx": TRACK})[:-30])
    assert part.trouble == "broken_archive"


def test_what_unpacks_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "LEAST_BOUND", 1 << 16)
    monkeypatch.setattr(containers, "LARGEST_RATIO", 2)
    rows = b"time,lat,lon\n" + b"1700000000,52,21\n" * 20_000
    for content in (
        gzip.compress(rows),
        bz2.compress(rows),
        zipped({"a.csv": rows}),
        zipped({"a.zip": zipped({"a.csv": rows})}, zipfile.ZIP_STORED),
    ):
        [part] = parts(tmp_path, content)
        assert part.trouble == "unpacks_too_far"


def test_a_zip_that_lists_more_than_memory_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "LARGEST_DIRECTORY", 100)
    [part] = parts(tmp_path, zipped({f"{n}.gpx": TRACK for n in range(9)}))
    assert part.trouble == "too_many_members"


def test_a_name_in_an_archive_is_only_shown(tmp_path: Path) -> None:
    found = parts(tmp_path, zipped({"../../etc/\x1b[2Jpasswd.gpx": TRACK}))
    assert [part.name for part in found] == ["../../etc/?[2Jpasswd.gpx"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_empty_archive_holds_nothing(tmp_path: Path) -> None:
    assert parts(tmp_path, zipped({})) == []


def test_stravas_archive_and_googles_tgz_are_read(tmp_path: Path) -> None:
    field = FIXTURES / "field"
    strava = read_parts(field / "25-strava-archive" / "export_1.zip")
    tracks = {part.name: len(events(part.items)) for part in strava if part.format == "gpx"}
    assert tracks == {"export_1/activities/1.gpx": 4, "export_1/routes/9.gpx": 0}
    takeout = read_parts(field / "26-takeout-tgz" / "takeout-20240101T000000Z-001.tgz")
    assert [(part.format, len(events(part.items))) for part in takeout if part.format] == [("google-timeline", 4)]


def test_parquet_is_read_from_any_archive_though_its_directory_stands_at_its_end(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    time = pa.array([1718447400123456], pa.int64()).cast(pa.timestamp("us", "UTC"))
    columns = {"device": ["a"], "device_time": time, "source": ["hub"], "properties": ['{"a":1}']}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    for packed in (gzip.compress(content), zipped({"a": content}), lzma.compress(tarred({"a": content}))):
        assert [len(events(part.items)) for part in parts(tmp_path, packed)] == [1]
