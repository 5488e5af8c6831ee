"""The order in which SQL files run: each after the files whose views and functions it uses, whatever their names.

What a file uses is read from its text. The body of a function does not count: it is a string until it is called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

_DEFINES = re.compile(r"^CREATE (?:OR REPLACE )?(?:VIEW|FUNCTION|PROCEDURE) (\w+\.\w+)", re.MULTILINE)
_QUALIFIED = re.compile(r"\b[a-z]\w*\.\w+")
_COMMENT = re.compile(r"--.*$", re.MULTILINE)
_FUNCTION_BODY = re.compile(r"^AS (\$\w*\$).*?^\1", re.MULTILINE | re.DOTALL)


def in_run_order(files: Sequence[Path]) -> list[Path]:
    """Return files ordered so that each comes after those it needs; else by name. Raise ValueError for a circle."""
    texts = {file: _executed(file.read_text(encoding="utf-8")) for file in files}
    defined_in = {name.lower(): file for file, text in texts.items() for name in _DEFINES.findall(text)}
    needs = {
        file: {defined_in[name.lower()] for name in _QUALIFIED.findall(text) if name.lower() in defined_in} - {file}
        for file, text in texts.items()
    }
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"SQL files need each other: {', '.join(file.name for file in error.args[1])}") from error
    ordered: list[Path] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += ready
        sorter.done(*ready)
    return ordered


def _executed(text: str) -> str:
    return _FUNCTION_BODY.sub("", _COMMENT.sub("", text))
