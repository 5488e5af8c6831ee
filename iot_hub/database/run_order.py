"""The order in which SQL files run: each after the files whose views and functions it uses, whatever their names.

What a file uses is read from its text. The body of a function does not count: it is a string until it is called. What
a file generates has no name in any text, so a file that uses it says so in a line ``-- needs: name_of_that_file``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

_DEFINES = re.compile(r"^CREATE (?:OR REPLACE )?(?:VIEW|FUNCTION|PROCEDURE) (\w+\.\w+)", re.MULTILINE)
_NEEDS = re.compile(r"^-- needs: (\w+)$", re.MULTILINE)
_QUALIFIED = re.compile(r"\b[a-z]\w*\.\w+")
_COMMENT = re.compile(r"--.*$", re.MULTILINE)
_FUNCTION_BODY = re.compile(r"^AS (\$\w*\$).*?^\1", re.MULTILINE | re.DOTALL)


def in_run_order(files: Sequence[Path]) -> list[Path]:
    """Return files ordered so that each comes after those it needs; else by name. Raise ValueError for a circle."""
    whole = {file: file.read_text(encoding="utf-8") for file in files}
    executed = {file: _executed(text) for file, text in whole.items()}
    defined_in = {name.lower(): file for file, text in executed.items() for name in _DEFINES.findall(text)}
    named = {file.stem: file for file in files}
    sorter: TopologicalSorter[Path] = TopologicalSorter()
    for file in files:
        used = {name.lower() for name in _QUALIFIED.findall(executed[file])} & defined_in.keys()
        sorter.add(file, *({defined_in[name] for name in used} - {file}))
        for name in _NEEDS.findall(whole[file]):
            if name not in named:
                raise ValueError(f"{file.name} needs {name}, which is no file beside it")
            sorter.add(file, named[name])
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
