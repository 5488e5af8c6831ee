"""SQL files run by what they need, and not by the alphabet."""

from __future__ import annotations

from pathlib import Path

import pytest
from events import Connection, rows

from iot_hub.database import migrations, run_order
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.database.queries import sql_files
from iot_hub.database.run_order import in_run_order
from iot_hub.settings import Settings


def written(folder: Path, **texts: str) -> list[Path]:
    files = [folder / f"{name}.sql" for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(text)
    return files


def test_a_view_runs_after_the_view_it_reads_whatever_their_names(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        a="CREATE OR REPLACE VIEW hub.a AS SELECT * FROM hub.B_view",
        b="CREATE VIEW hub.b_view AS SELECT * FROM hub.c",
        c="CREATE OR REPLACE VIEW hub.c AS SELECT 1",
        d="CREATE OR REPLACE VIEW hub.d AS SELECT 1",
    )
    assert [file.stem for file in in_run_order(files)] == ["c", "d", "b", "a"]


def test_a_view_runs_after_the_function_it_calls(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        a="CREATE VIEW hub.a AS SELECT hub.f()",
        b="CREATE OR REPLACE FUNCTION hub.f()\nRETURNS int\nLANGUAGE sql\nAS $$\n    SELECT 1\n$$;",
    )
    assert [file.stem for file in in_run_order(files)] == ["b", "a"]


def test_comments_and_bodies_of_functions_need_nothing(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        a="-- As hub.b has it.\nCREATE VIEW hub.a AS SELECT 1",
        b="CREATE FUNCTION hub.b()\nRETURNS int\nLANGUAGE sql\nAS $$\n    SELECT x FROM hub.a, hub.c\n$$;",
        c="CREATE VIEW hub.c AS SELECT hub.b()",
    )
    assert [file.stem for file in in_run_order(files)] == ["a", "b", "c"]


def test_a_file_may_name_another_one_that_generates_what_it_reads(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        a="-- needs: b\nCREATE VIEW hub.a AS SELECT * FROM hub.generated",
        b="DO $$ BEGIN EXECUTE format('CREATE VIEW hub.%I AS SELECT 1', 'generated'); END $$",
    )
    assert [file.stem for file in in_run_order(files)] == ["b", "a"]
    with pytest.raises(ValueError, match=r"a\.sql needs b, which is no file beside it"):
        in_run_order(files[:1])


def test_a_circle_is_an_error_that_names_its_files(tmp_path: Path) -> None:
    files = written(
        tmp_path, a="CREATE VIEW hub.a AS SELECT * FROM hub.b", b="CREATE VIEW hub.b AS SELECT * FROM hub.a"
    )
    with pytest.raises(ValueError, match=r"need each other: (a|b)\.sql, (a|b)\.sql, (a|b)\.sql"):
        in_run_order(files)


def test_the_hubs_own_files_migrate_under_reversed_names(
    empty_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where two files are independent their order is that of their names: here it is the other way round."""
    monkeypatch.setattr(run_order, "sorted", lambda files: sorted(files, reverse=True), raising=False)
    reversed_files = [file for folder in migrations.REPEATABLE_FOLDERS for file in in_run_order(sql_files(folder))]
    monkeypatch.undo()
    assert reversed_files != migrations.repeatable_files()
    monkeypatch.setattr(migrations, "repeatable_files", lambda: reversed_files)
    migrate(empty_settings)
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        assert views(owner) >= {"published_hours", "locations", "view_devices_smartphone_location_gis_stricted"}


def views(owner: Connection) -> set[str]:
    return {row["viewname"] for row in rows(owner, "SELECT viewname FROM pg_views WHERE schemaname LIKE 'iot_%%'")}
