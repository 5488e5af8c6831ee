"""The page about the architecture: its picture is drawn from today's code, and what it names is there."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree

from paths import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| .* \| (`.*`) \|$", re.MULTILINE)
NAME = re.compile(r"`(\w[\w./]*)`")
PICTURE = (ROOT / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")


def drawn() -> str:
    command = [sys.executable, ROOT / "scripts" / "architecture", "--stdout"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_picture_shows_the_packages_and_imports_of_today() -> None:
    assert drawn() == PICTURE, "run `make docs`"


def test_every_purpose_fits_into_its_box() -> None:
    assert "…" not in PICTURE, "shorten the first sentence of the package's docstring"


def test_no_two_boxes_overlap() -> None:
    boxes = [
        tuple(float(rectangle.attrib[side]) for side in ("x", "y", "width", "height"))
        for rectangle in ElementTree.fromstring(PICTURE).iter("{http://www.w3.org/2000/svg}rect")
        if rectangle.attrib["class"] != "page"
    ]
    assert len(boxes) > 10
    apart = [
        left + width <= other_left or other_left + other_width <= left or top + height <= other_top or other_top + other_height <= top
        for number, (left, top, width, height) in enumerate(boxes)
        for other_left, other_top, other_width, other_height in boxes[number + 1 :]
    ]  # fmt: skip
    assert all(apart)


def test_the_page_describes_every_package() -> None:
    packages = {path.parent.name for path in ROOT.glob("iot_hub/*/__init__.py") if not path.parent.is_symlink()}
    assert packages == {package for package, _ in ROW.findall(PAGE)}


def test_what_the_page_names_is_there() -> None:
    first_files = {f"{package}/{name}" for package, names in ROW.findall(PAGE) for name in NAME.findall(names)}
    elsewhere = {name.removeprefix("iot_hub/") for name in NAME.findall(ROW.sub("", PAGE)) if "/" in name}
    named = first_files | elsewhere
    assert len(named) > 30
    assert {name for name in named if not (ROOT / "iot_hub" / name).exists()} == set()
