"""The files of the dashboard's pages, as nginx sends them."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from iot_hub.operations import nginx
from iot_hub.operations.nginx import page_files
from iot_hub.settings import Settings


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose files pages load."""
    folder = tmp_path / "source"
    folder.mkdir()

    def files() -> Iterator[tuple[Path, str]]:
        yield from ((path, f"static/js/{path.name}") for path in sorted(folder.iterdir()))

    monkeypatch.setattr(page_files, "_sources", files)
    return folder


def written(home: Path) -> dict[str, int]:
    """The files that are there, each with what tells whether it is the same as before."""
    folder = page_files.folder(home)
    return {
        str(path.relative_to(folder)): path.stat().st_ino
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_scripts_are_compressed_and_fonts_are_copied_for_everyone_to_read(tmp_path: Path, source: Path) -> None:
    (source / "a.js").write_text("a" * 1000)
    (source / "f.woff2").write_bytes(b"f")
    page_files.write(tmp_path)
    folder = page_files.folder(tmp_path)
    assert set(written(tmp_path)) == {"static/js/a.js.gz", "static/js/f.woff2"}
    assert gzip.decompress((folder / "static/js/a.js.gz").read_bytes()) == b"a" * 1000
    assert all(path.stat().st_mode & 0o004 for path in folder.rglob("*") if path.name != "lock")


def test_only_what_changed_is_written_again_and_what_is_gone_is_removed(tmp_path: Path, source: Path) -> None:
    for name in ("same.js", "changed.js", "gone.js"):
        (source / name).write_text("old")
        os.utime(source / name, (1, 1))
    page_files.write(tmp_path)
    before = written(tmp_path)
    (source / "changed.js").write_text("new")
    (source / "gone.js").unlink()
    page_files.write(tmp_path)
    after = written(tmp_path)
    assert set(after) == {"static/js/same.js.gz", "static/js/changed.js.gz"}
    assert after["static/js/same.js.gz"] == before["static/js/same.js.gz"]
    changed = page_files.folder(tmp_path) / "static/js/changed.js.gz"
    assert gzip.decompress(changed.read_bytes()) == b"new"


def test_what_is_left_of_an_interrupted_run_is_removed(tmp_path: Path, source: Path) -> None:
    (source / "a.js").write_text("a")
    page_files.write(tmp_path)
    (page_files.folder(tmp_path) / "static/js/a.js.gz.new").write_text("half")
    page_files.write(tmp_path)
    assert set(written(tmp_path)) == {"static/js/a.js.gz"}


def test_a_folder_that_cannot_be_written_is_a_warning_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(of_nginx: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page_files, "write", fail)
    warning = nginx.write_page_files(Settings(home=tmp_path))
    assert warning == "The files of the pages can't be compressed beforehand: No space left on device."


def test_every_file_that_a_page_is_told_to_preload_is_one_of_the_pages() -> None:
    known = {name for _, name in page_files._sources()}
    named = [part.partition(">")[0].removeprefix("</public/") for part in page_files.preload("/public/").split(", ")]
    assert len(named) > 5
    assert [name for name in named if name not in known] == []
    assert any("ComponentInstance" in name for name in named)
    assert any("Vega" in name for name in named)
    # nginx refuses a longer value, and with it the whole configuration.
    assert len(page_files.preload("/public/")) < 4000


def test_a_hub_without_a_dashboard_has_nothing_to_preload(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page_files, "_streamlit", lambda: iter(()))
    assert page_files.preload("/") == ""
    assert '"200:/" "";' in nginx.configuration(Settings(home=tmp_path), nginx.Upstreams("a:1", "b:2"))
