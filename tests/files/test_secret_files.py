"""Settings and passwords that are handed in as files."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from iot_hub.database.connections import connect, owner_conninfo, viewer_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.settings import settings as read_settings

KEY = "k" * 40


@pytest.fixture
def handed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets as systemd and Compose hand them in."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    read_settings.cache_clear()
    return tmp_path


def test_a_setting_is_read_from_a_file(handed_in: Path) -> None:
    (handed_in / "iot_hub_backup_key").write_text(KEY + "\n")
    key = read_settings().backup_key
    assert key is not None
    assert key.get_secret_value() == KEY


def test_a_variable_wins_over_a_file(handed_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (handed_in / "iot_hub_s3_bucket").write_text("of the file")
    monkeypatch.setenv("IOT_HUB_S3_BUCKET", "of the environment")
    assert read_settings().s3_bucket == "of the environment"


def test_a_file_that_can_not_be_read_is_one_line_without_its_content(handed_in: Path) -> None:
    (handed_in / "iot_hub_backup_key").write_bytes(b"\xffsecret")
    with pytest.raises(UserError, match="backup_key") as told:
        read_settings()
    assert "secret'" not in str(told.value)
    assert len(str(told.value).splitlines()) == 1


def test_a_url_without_a_password_takes_the_one_handed_in(handed_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (handed_in / "database-owner-password").write_text("handed in\n")
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", "postgresql://iot_hub@database/iot_hub")
    assert _password(owner_conninfo(Settings(), "tests")) == "handed in"
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", "postgresql://iot_hub:inside@database/iot_hub")
    assert _password(owner_conninfo(Settings(), "tests")) == "inside"


def test_the_viewer_gets_the_password_handed_in_and_never_the_owners(settings: Settings, handed_in: Path) -> None:
    (handed_in / "database-owner-password").write_text("the owner's")
    (handed_in / "database-viewer-password").write_text("the viewer's")
    alone = settings.model_copy(update={"viewer_database_url": None})
    assert _password(viewer_conninfo(alone, "tests")) == "the viewer's"
    migrate(alone)
    with connect(viewer_conninfo(alone, "tests")) as viewer, pytest.raises(psycopg.errors.InsufficientPrivilege):
        viewer.execute("SELECT * FROM iot_personal_hub.raw_devices_properties")


def _password(where: str) -> object:
    return conninfo.conninfo_to_dict(where)["password"]
