"""The documentation as a site: built without a warning, asking nobody else, and true to the code."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from paths import ROOT


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The script that writes the reference pages."""
    spec = importlib.util.spec_from_file_location("build_reference", ROOT / "scripts" / "build_reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The built site."""
    folder = tmp_path_factory.mktemp("documentation")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    built = subprocess.run(
        [Path(sys.executable).parent / "zensical", "build", "--strict"], cwd=folder, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr
    yield folder / "site"


def test_the_reference_pages_say_what_the_code_says(reference: ModuleType) -> None:
    written = {name: (reference.FOLDER / name).read_text(encoding="utf-8") for name in reference.pages()}
    assert written == reference.pages(), "run `make docs`"


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_has_every_page(site: Path) -> None:
    wanted = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    assert [page for page in wanted if not _built(site, page).is_file()] == []


def test_every_page_is_in_the_menu() -> None:
    menu = set(re.findall(r'= "([\w/-]+\.md)"', (ROOT / "zensical.toml").read_text()))
    assert menu == {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}


def test_no_page_makes_the_browser_ask_another_host(site: Path) -> None:
    asked = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=["']?(https?:)?//""")
    pages = list(site.rglob("*.html"))
    assert pages
    assert [page.name for page in pages if asked.search(page.read_text(encoding="utf-8"))] == []


def _built(site: Path, page: Path) -> Path:
    return site / (page.parent if page.name == "index" else page) / "index.html"
