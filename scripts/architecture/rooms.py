"""Reads which packages ``iot_hub`` has, what each is for, and which imports which."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

Imports = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Building:
    """The packages at the top of ``iot_hub`` with their purposes, the modules outside any, and who imports whom."""

    rooms: Mapping[str, str]
    root_modules: tuple[str, ...]
    imports: Imports


def read_rooms(package: Path) -> Building:
    """Read the rooms of a package from its source; raise ``CycleError`` where rooms import each other."""
    folders = {path.parent.name: path.parent for path in package.glob("*/__init__.py") if not path.parent.is_symlink()}
    imports = {
        name: frozenset(room for path in folder.rglob("*.py") for room in _imported(path, package.name))
        & set(folders) - {name}
        for name, folder in folders.items()
    }
    TopologicalSorter(imports).prepare()
    return Building(
        {name: _purpose(folder / "__init__.py") for name, folder in folders.items()},
        tuple(sorted(path.stem for path in package.glob("*.py") if not path.stem.startswith("__"))),
        imports,
    )


def essential(imports: Imports) -> Imports:
    """Return the imports that no longer path implies: of a → b → c and a → c, not the latter."""
    return {
        room: frozenset(below for below in direct if not any(below in _all_below(imports, via) for via in direct))
        for room, direct in imports.items()
    }


def _all_below(imports: Imports, room: str) -> set[str]:
    return {below for direct in imports[room] for below in {direct} | _all_below(imports, direct)}


def _imported(path: Path, package: str) -> Iterator[str]:
    """Yield the first name after the package's in each import of a file, also of those within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{package}."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{package}."))


def _purpose(path: Path) -> str:
    """Return the first sentence of a module's docstring."""
    sentences = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(sentences.split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".").replace("``", "")
