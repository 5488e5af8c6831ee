"""The hub's settings: the environment, prefix ``IOT_HUB_``, over sensible defaults."""

from __future__ import annotations

import os
import tempfile
import zlib
import zoneinfo
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def system_time_zone() -> str:
    """Name this machine's time zone (IANA), or UTC where it does not tell."""
    target = Path("/etc/localtime").resolve().as_posix()
    _, found, name = target.partition("zoneinfo/")
    name = name.removeprefix("Etc/")
    return name if found and name in zoneinfo.available_timezones() else "UTC"


class Settings(BaseSettings):
    """Every setting, with its default. The README lists them."""

    model_config = SettingsConfigDict(env_prefix="IOT_HUB_", frozen=True)

    home: Path = Field(
        default=Path("~/.local/share/iot-personal-hub"),
        description="The state folder: database, secrets, logs.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL 15+ server with PostGIS to use instead of a cluster of the hub's own.",
    )
    viewer_database_url: SecretStr | None = Field(
        default=None,
        description="How the dashboard and the query API connect; by default the same server as iot_hub_viewer.",
    )
    guest_database_url: SecretStr | None = Field(
        default=None,
        description="How the pages of share links connect; by default the same server as iot_hub_guest.",
    )
    host: str = Field(default="127.0.0.1", description="The address that nginx listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="The one public port.")
    time_zone: str = Field(
        default_factory=system_time_zone, description="The owner's time zone (IANA name): days are cut in it."
    )
    max_body_bytes: int = Field(default=8_000_000, gt=0, description="The largest request body, unpacked.")
    request_rate: int = Field(
        default=100, gt=0, description="Requests a second that one address may send; 127.0.0.1 is not limited."
    )
    spool_bytes: int = Field(
        default=200_000_000,
        gt=0,
        description="How much may be kept on this disk while the database is away; beyond it, clients get 503.",
    )
    quarantine_bytes: int = Field(
        default=100_000_000, gt=0, description="How much quarantine may hold; beyond it, the oldest goes."
    )
    s3_endpoint: str | None = Field(
        default=None, description="An S3-compatible server for archive and backups; without it they go to a folder."
    )
    s3_bucket: str = Field(default="iot-personal-hub", description="The bucket there.")
    s3_access_key: SecretStr | None = Field(default=None, description="The access key there.")
    s3_secret_key: SecretStr | None = Field(default=None, description="The secret key there.")
    archive_folder: Path | None = Field(
        default=None, description="The folder for archive and backups without S3; by default inside the state folder."
    )
    backup_key: SecretStr | None = Field(
        default=None, description="Encrypts backups: 32 or more random characters, without which they can't be read."
    )
    nightly_backups: int = Field(
        default=0, ge=0, description="Make a backup each night, and keep so many; 0: none but by hand."
    )
    map_tiles: str | None = Field(
        default=None,
        description="A tile URL with {z}/{x}/{y} for the map. Off: every request for a tile tells its server"
        " where you look.",
    )
    language: str = Field(default="auto", description="The dashboard's language: en, pl, or the browser's (auto).")

    public_dashboard: Literal["no", "links", "yes"] = Field(
        default="no",
        description="A second dashboard without a password: yes shows at `/public` what is published,"
        " links only what a share link opens.",
    )
    insecure_login: bool = Field(
        default=False,
        description="Let the owner log in over plain HTTP from other machines: only on a network that you trust.",
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return Path(os.path.abspath(home.expanduser()))

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in zoneinfo.available_timezones():
            raise ValueError(f"{name!r} is not an IANA time zone name such as Europe/Warsaw")
        return name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The owner's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def socket_folder(self) -> Path:
        """Where the private cluster's socket is. A socket's path is at most 107 bytes long."""
        inside = self.home / "run"
        if len(str(inside)) <= 80:
            return inside
        name = f"iot-hub-{zlib.crc32(str(self.home).encode()):x}"
        return Path(tempfile.gettempdir()) / name


@cache
def settings() -> Settings:
    """Read the settings once."""
    return Settings()
