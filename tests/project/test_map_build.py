"""The map page's files are what its sources build."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from paths import ROOT

from iot_hub.geography import base_map

SOURCES = ROOT / "frontend" / "map"
BUILT = ROOT / "iot_hub" / "api" / "map"
PAGES = ("page.html", "frame.html", "shared.html")


def files_of(folder: Path) -> dict[str, bytes]:
    built = [*(folder / page for page in PAGES), folder / "NOTICE.txt", *sorted((folder / "static").iterdir())]
    return {str(path.relative_to(folder)): path.read_bytes() for path in built}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_a_new_build_is_the_same_to_the_byte(tmp_path: Path) -> None:
    folder = tmp_path / "map"
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("node_modules"))
    fetched = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], cwd=folder, capture_output=True, text=True
    )  # fmt: skip
    if "ENOTFOUND" in fetched.stderr or "ECONNREFUSED" in fetched.stderr:
        pytest.skip("no packages can be fetched here")
    assert fetched.returncode == 0, fetched.stderr
    subprocess.run(["node", "build.mjs", str(tmp_path / "built")], cwd=folder, check=True)
    assert files_of(tmp_path / "built") == files_of(BUILT), "run `make map`"


def test_the_lock_names_exact_versions_and_not_where_they_come_from() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert len(packages) > 20
    assert all(package["version"] and package["integrity"].startswith("sha512-") for package in packages)
    assert not any("resolved" in package for package in packages)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_only_files_that_are_there_and_all_scripts_at_once(name: str) -> None:
    page = (BUILT / name).read_text()
    names = {part.split('"')[0] for part in page.split('"/map/static/')[1:]}
    assert {part.partition("-")[0] for part in names} >= {"parts", name.replace("page", "map").removesuffix(".html")}
    assert names <= {path.name for path in (BUILT / "static").iterdir()}
    assert "<style" not in page and "style=" not in page and "<script>" not in page


@pytest.mark.parametrize("name", ["maplibre-gl", "pmtiles", "fflate", "earcut"])
def test_the_licence_of_bundled_software_is_with_it(name: str) -> None:
    notice = (BUILT / "NOTICE.txt").read_text()
    version = json.loads((SOURCES / "package-lock.json").read_text())["packages"][f"node_modules/{name}"]["version"]
    assert f"{name} {version} (" in notice
    assert "undefined" not in notice


def test_the_page_names_the_sources_of_its_base() -> None:
    scripts = [script.read_text(encoding="utf-8") for script in (BUILT / "static").glob("parts-*.js")]
    assert sum(base_map.ATTRIBUTION in script for script in scripts) == 1


def test_the_page_s_words_are_the_dashboard_s() -> None:
    texts = (SOURCES / "src" / "texts.js").read_text(encoding="utf-8")
    for language, block in re.findall(r"^  (\w\w): \{$(.*?)^  \}", texts, re.MULTILINE | re.DOTALL):
        words = dict(re.findall(r"(\w+): '([^']*)'", block))
        dashboard = tomllib.loads(
            (ROOT / "iot_hub" / "dashboard" / "texts" / f"{language}.toml").read_text(encoding="utf-8")
        )
        for key in ("dashboard", "map", "statistics", "home", "areas", "devices", "language"):
            assert words[key] == dashboard["page"][key]
        assert words["log_out"] == dashboard["page"]["logout"]
        assert words["log_in"] == dashboard["login"]["login"]
        assert words["device"] == dashboard["choice"]["device"]
