"""What holds for the dashboard's source as a whole: its texts, and where its scripts stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import iot_hub.dashboard
from iot_hub.dashboard.command import owner_command, public_command
from iot_hub.dashboard.translations import load

FOLDER = Path(iot_hub.dashboard.__file__).parent
FORMATS = {"decimal_mark", "thousands_mark", "date_format", "days", "months"}


def nodes() -> Iterator[ast.AST]:
    for file in FOLDER.rglob("*.py"):
        yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def pattern(text: ast.JoinedStr) -> str:
    """Return a pattern of the strings that an f-string may become."""
    parts = (re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.]+" for part in text.values)  # type: ignore[arg-type]
    return "".join(parts)


def test_every_text_that_the_code_names_exists() -> None:
    texts = load("en")
    tables = {key.partition(".")[0] for key in texts if "." in key}
    named = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    # A part of an f-string ends where a value begins.
    keys = {name for name in named if re.fullmatch(r"(\w+)\.[\w.]*[^_.]", name) and name.partition(".")[0] in tables}
    assert len(keys) > 100
    assert keys - texts.keys() == set()


def test_every_text_is_named_in_the_code() -> None:
    named = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    # A pattern that begins with a value would match every key.
    formed = {pattern(node) for node in nodes() if isinstance(node, ast.JoinedStr)}
    patterns = [text for text in formed if re.match(r"[a-z_]+\\\.", text)]
    unnamed = {key for key in load("en") if key not in named and not any(re.fullmatch(text, key) for text in patterns)}
    assert unnamed == FORMATS - named


def test_streamlit_finds_no_pages_beside_its_scripts() -> None:
    # It would serve each file of such a folder at an address of its own, past the scripts.
    for line in (owner_command(8501), public_command(8501)):
        [script] = [Path(part) for part in line if part.endswith("_app.py")]
        assert script.is_file()
        assert not (script.parent / "pages").exists()
