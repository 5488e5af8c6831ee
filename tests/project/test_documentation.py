"""The documentation says what the code does: settings, commands, tables and views."""

from __future__ import annotations

import re

from command_line import ALL
from events import Connection, rows
from paths import ROOT

README = (ROOT / "README.md").read_text()


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)\b", README)) <= targets


def test_every_command_of_the_readme_exists() -> None:
    said = {" ".join(words.split()) for words in re.findall(r"iot-hub ((?:[a-z-]+ ?){1,2})", README)}
    assert {command for command in said if not any(command.startswith(known) for known in ALL)} == set()


def test_every_table_and_view_is_documented(owner: Connection) -> None:
    page = (ROOT / "docs" / "sql.md").read_text()
    names = rows(
        owner,
        "SELECT relname FROM pg_class WHERE relnamespace = 'iot_personal_hub'::regnamespace"
        " AND relkind IN ('r', 'p', 'v') AND NOT relispartition",
    )
    assert [row["relname"] for row in names if f"`{row['relname']}`" not in page] == []


def test_every_direct_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    wanted = [
        re.split(r"[\[>=<]", line)[0]
        for name in ("hub.in", "dashboard.in")
        for line in (ROOT / "requirements" / name).read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert [name for name in wanted if f"| {name} |" not in page] == []


def test_no_lock_names_where_packages_come_from() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        assert "://" not in lock.read_text()
