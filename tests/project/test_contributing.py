"""The files that CONTRIBUTING and the documentation name are there, and so is what contributors run."""

from __future__ import annotations

import re

from paths import ROOT

PAGES = {
    path: path.read_text(encoding="utf-8")
    for path in (ROOT / "CONTRIBUTING.md", ROOT / "tests/releases/README.md", *(ROOT / "docs").rglob("*.md"))
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    command = re.compile(r"(?:`|^ {4,}|&& )make ([a-z-]+)", re.MULTILINE)
    named = {name for text in PAGES.values() for name in command.findall(text)}
    assert "check" in named
    assert named <= targets


def test_every_file_that_a_page_names_exists() -> None:
    paths = re.compile(r"\b((?:iot_hub|tests|docs|scripts|benchmarks)/[\w./-]*\w)")
    named = {name for text in PAGES.values() for name in paths.findall(text) if not re.search(r"[A-Z]{3}", name)}
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_hooks_run_what_lint_runs() -> None:
    hooks = re.findall(r"entry: \.venv/bin/(\S+)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    lint = re.findall(
        r"^\t-?\$\(VENV\)/bin/(\S+)", MAKEFILE[MAKEFILE.index("\nlint:") :].split("\n\n")[0], re.MULTILINE
    )
    assert set(hooks) == set(lint) - {"python"}
