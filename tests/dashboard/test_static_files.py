"""What a page loads once and keeps."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import streamlit as st

from iot_hub.dashboard import static_files

ROOT = Path(__file__).parent.parent.parent


def test_the_worlds_file_is_what_the_outline_gives() -> None:
    write = runpy.run_path(str(ROOT / "scripts" / "write_world_land.py"))["text"]
    kept = (static_files.FOLDER / static_files.WORLD_LAND).read_text(encoding="ascii")
    assert kept == write(), "run scripts/write_world_land.py"


def test_an_address_changes_with_the_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(static_files, "FOLDER", tmp_path)
    addresses = set()
    for content in ("one", "two"):
        (tmp_path / "a.json").write_text(content)
        static_files._version.cache_clear()
        addresses.add(static_files.address_of("a.json"))
    static_files._version.cache_clear()
    assert len(addresses) == 2
    assert all(address.startswith("/app/static/a.json?v=") for address in addresses)


def test_the_public_page_loads_from_below_its_own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "public"}.__getitem__)
    assert static_files.address_of(static_files.WORLD_LAND).startswith("/public/app/static/world-land.json?v=")
