"""The hub's settings: the environment, prefix ``IOT_HUB_``, over sensible defaults."""

from __future__ import annotations

import ipaddress
import os
import re
import tempfile
import zlib
import zoneinfo
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from iot_hub.errors import UserError
from iot_hub.files.secret_files import secret_folders


def system_time_zone() -> str:
    """Name this machine's time zone (IANA), or UTC where it does not tell."""
    target = Path("/etc/localtime").resolve().as_posix()
    _, found, name = target.partition("zoneinfo/")
    name = name.removeprefix("Etc/")
    return name if found and name in zoneinfo.available_timezones() else "UTC"


class Settings(BaseSettings):
    """Every setting, with its default; ``docs/reference/settings.md`` is written from it."""

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
    max_body_items: int = Field(
        default=20_000,
        gt=0,
        description="The most events in one request body, and 25 values for each; beyond it, clients get 413.",
    )
    request_rate: int = Field(
        default=100,
        gt=0,
        description="Requests a second that one token may send, and one address without a token; an address with"
        " tokens ten times as many, 127.0.0.1 without limit.",
    )
    tls: Literal["off", "self-signed", "files"] = Field(
        default="off",
        description="HTTPS: off, self-signed (a certificate that the hub makes, for the first hour), or files.",
    )
    tls_certificate: Path | None = Field(
        default=None, description="For files: the certificate with its chain (PEM); read again when it changes."
    )
    tls_key: Path | None = Field(default=None, description="For files: the certificate's key (PEM).")
    http_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="With HTTPS: a port that leads browsers there and answers ACME challenges, such as 80; 0: none.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Comma-separated addresses or networks (CIDR) of proxies in front whose X-Forwarded-For and"
        " X-Forwarded-Proto are believed; one on this machine too (127.0.0.1).",
    )
    hosts: str = Field(
        default="",
        description="Comma-separated further host names that browsers and devices reach the hub by. Known already:"
        " localhost, this machine's names, addresses, and the names in `IOT_HUB_ADDRESS` and the certificate;"
        " any other is answered with 421.",
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
    backup_recipient: str = Field(
        default="",
        description="Encrypts backups: public keys (`age1…`), comma-separated; whoever has the secret key of one opens"
        " them. `iot-hub backup keys` generates a pair.",
    )
    backup_key: SecretStr | None = Field(
        default=None,
        description="Opens backups, for verify and restore: their secret key (`AGE-SECRET-KEY-1…`). Encrypts them where"
        " there is no recipient. A passphrase of 32 or more characters, as before 1.2, goes on working.",
    )
    nightly_backups: int = Field(
        default=0, ge=0, description="Make a backup each night, and keep so many; 0: none but by hand."
    )
    roll_ups_by: Literal["worker", "airflow", "pg_cron"] = Field(
        default="worker",
        description="Who makes the roll-ups: `worker`, `airflow` or `pg_cron`; the worker stands in after two"
        " hours of silence.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="The bearer token that opens `/metrics`; by default one that the hub generates, in"
        " `secrets/metrics-token` of the state folder.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much API and worker log; debug names the requests of every commit."
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
    dashboard_bytes: int = Field(
        default=500_000_000,
        gt=0,
        description="Memory that a dashboard's process may take; beyond it, `iot-hub up` restarts that process alone.",
    )
    insecure_login: bool = Field(
        default=False,
        description="Let the owner log in over plain HTTP from other machines: only on a network that you trust.",
    )
    address: str | None = Field(
        default=None,
        description="How browsers reach the hub, such as `https://hub.example`; by default its host and port.",
    )
    oidc_issuer: str | None = Field(
        default=None, description="An OpenID provider that the owner may log in with, beside the password."
    )
    oidc_client_id: str | None = Field(default=None, description="What that provider knows this hub by.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="The secret that goes with it.")
    oidc_owner: str | None = Field(
        default=None, description="The one account there that opens the hub: its `sub`, or its email."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments, then the environment, then secrets that were handed in as files."""
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, secret_folders() or None)

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

    @field_validator("trusted_proxies")
    @classmethod
    def _known_networks(cls, proxies: str) -> str:
        for proxy in proxies.split(","):
            if proxy.strip():
                ipaddress.ip_network(proxy.strip(), strict=False)
        return proxies

    @property
    def proxies(self) -> tuple[str, ...]:
        """The trusted proxies' addresses and networks."""
        return tuple(proxy.strip() for proxy in self.trusted_proxies.split(",") if proxy.strip())

    def trusts(self, address: str) -> bool:
        """Return whether an address is one of the trusted proxies'."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in ipaddress.ip_network(proxy, strict=False) for proxy in self.proxies)

    @field_validator("hosts")
    @classmethod
    def _host_names(cls, hosts: str) -> str:
        for host in filter(None, map(str.strip, hosts.split(","))):
            if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", host):
                raise ValueError(f"{host!r} is not a host name such as hub.example, without a port")
        return hosts

    @field_validator("address")
    @classmethod
    def _web_address(cls, address: str | None) -> str | None:
        if address and not address.startswith(("http://", "https://")):
            raise ValueError(f"{address!r} is no address such as https://hub.example")
        return address

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The owner's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def web_address(self) -> str:
        """How browsers reach the hub, without a slash at the end."""
        if self.address:
            return self.address.rstrip("/")
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        host = f"[{reachable}]" if ":" in reachable else reachable
        return f"{'http' if self.tls == 'off' else 'https'}://{host}:{self.port}"

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
    """Read the settings once: a variable wins over a handed-in file. Raises UserError where a file can't be read."""
    try:
        return Settings()
    except (SettingsError, OSError) as error:
        raise UserError(f"A secret that was handed in as a file can't be read: {error}") from error
