"""The hub's settings: environment variables with the prefix ``IOT_HUB_``, over defaults."""

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
from iot_hub.topic_filters import check_filters, split_filters


def system_time_zone() -> str:
    """Return the name of this machine's time zone (IANA), or UTC if it is unknown."""
    target = Path("/etc/localtime").resolve().as_posix()
    _, found, name = target.partition("zoneinfo/")
    name = name.removeprefix("Etc/")
    return name if found and name in zoneinfo.available_timezones() else "UTC"


class Settings(BaseSettings):
    """Every setting, with its default; ``docs/reference/settings.md`` is generated from it."""

    model_config = SettingsConfigDict(env_prefix="IOT_HUB_", frozen=True)

    home: Path = Field(
        default=Path("~/.local/share/iot-personal-hub"),
        description="State folder: database, secrets, logs.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="URL of a PostgreSQL 15+ database with PostGIS. By default, the hub runs a private PostgreSQL"
        " of its own.",
    )
    viewer_database_url: SecretStr | None = Field(
        default=None,
        description="URL for reading published data; by default, the same server with the role iot_hub_viewer.",
    )
    guest_database_url: SecretStr | None = Field(
        default=None,
        description="URL for the pages of share links; by default, the same server with the role iot_hub_guest.",
    )
    host: str = Field(default="127.0.0.1", description="Address that nginx listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port that nginx listens on, the only public one.")
    time_zone: str = Field(
        default_factory=system_time_zone, description="The owner's time zone (IANA name), in which days begin and end."
    )
    currency: str = Field(
        default="",
        max_length=8,
        description="The currency of costs on the page Car, such as PLN or €. Default: amounts without one.",
    )
    max_body_bytes: int = Field(
        default=8_000_000, gt=0, description="Maximum size of a request body, after decompression."
    )
    max_body_items: int = Field(
        default=20_000,
        gt=0,
        description="Maximum number of events in one request body, with 25 values each on average; beyond it, clients"
        " get 413.",
    )
    request_rate: int = Field(
        default=100,
        gt=0,
        description="Requests per second per token, and per address for requests without a token; an address with"
        " tokens may send ten times as many, and 127.0.0.1 any number.",
    )
    tls: Literal["off", "self-signed", "files"] = Field(
        default="off",
        description="HTTPS: off, self-signed (a certificate that the hub generates, for a first try), or files.",
    )
    tls_certificate: Path | None = Field(
        default=None, description="With `files`: the certificate with its chain (PEM); reloaded when it changes."
    )
    tls_key: Path | None = Field(default=None, description="With `files`: the certificate's private key (PEM).")
    http_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="With HTTPS: a plain HTTP port, such as 80, that redirects browsers to HTTPS, refuses reports"
        " and serves ACME challenges; 0: none.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Comma-separated IP addresses or CIDR networks of reverse proxies whose X-Forwarded-For and"
        " X-Forwarded-Proto are trusted, including one on this machine (127.0.0.1).",
    )
    hosts: str = Field(
        default="",
        description="Comma-separated additional host names of the hub. Accepted without it: IP addresses, localhost,"
        " this machine's names, and the names in `IOT_HUB_ADDRESS` and the certificate; requests for any other name"
        " get 421.",
    )
    mqtt_url: SecretStr | None = Field(
        default=None,
        description="MQTT 5 broker that the hub reads, `mqtts://user:password@host:8883` or `mqtt://host`. By default,"
        " the hub runs a private Mosquitto.",
    )
    mqtt_topics: str = Field(
        default="#",
        description="Comma-separated MQTT topic filters that the hub subscribes to. They must not overlap: a broker"
        " sends a message once for each filter that it matches.",
    )
    mqtt_ca: Path | None = Field(
        default=None,
        description="With `mqtts://`: the certificate authority of that broker (PEM), if it is not a public one.",
    )
    mqtt_publish: Literal["no", "figures", "locations"] = Field(
        default="no",
        description="What the hub publishes to the broker of published devices, for Home Assistant: `figures` (last"
        " seen, battery, the newest hour and day of each number), `locations` (these, and the newest position).",
    )
    mqtt_mappings: Path | None = Field(
        default=None,
        description="File (TOML) with mappings for MQTT topics that no protocol reads, and with keys of encrypted"
        " sensors.",
    )
    car_pids: Path | None = Field(
        default=None,
        description="File (TOML) of PIDs that only your car has: which property a number is that Torque Pro sends, or"
        " that stands in a log.",
    )
    mqtt_holding_bytes: int = Field(
        default=50_000_000,
        gt=0,
        description="Maximum size of the messages of discovered devices that wait for your decision; beyond it, the"
        " oldest are deleted.",
    )
    mqtt_host: str = Field(
        default="127.0.0.1",
        description="Address that the hub's own broker listens on; beyond this machine with TLS (`IOT_HUB_TLS`).",
    )
    mqtt_port: int = Field(
        default=1883,
        ge=0,
        le=65535,
        description="Unencrypted port of the hub's own broker, on 127.0.0.1; 0: the hub runs no broker.",
    )
    mqtt_tls_port: int = Field(
        default=8883, gt=0, le=65535, description="TLS port of the hub's own broker, on `IOT_HUB_MQTT_HOST`."
    )
    insecure_mqtt: bool = Field(
        default=False,
        description="Open the unencrypted port on `IOT_HUB_MQTT_HOST` too, for devices without TLS: their passwords"
        " cross the network in clear. Only for a network that you trust.",
    )
    mqtt_memory_bytes: int = Field(
        default=200_000_000,
        ge=1_000_000,
        description="Maximum memory of the hub's own broker; beyond it, it disconnects whoever publishes, who keeps the"
        " message.",
    )
    spool_bytes: int = Field(
        default=200_000_000,
        gt=0,
        description="Maximum size of the spool on disk while the database is unavailable; beyond it, clients get 503.",
    )
    quarantine_bytes: int = Field(
        default=100_000_000,
        gt=0,
        description="Maximum size of the quarantine; beyond it, the oldest payloads are deleted.",
    )
    s3_endpoint: str | None = Field(
        default=None, description="S3-compatible endpoint for archive and backups. By default, they go to a folder."
    )
    s3_bucket: str = Field(default="iot-personal-hub", description="S3 bucket.")
    s3_access_key: SecretStr | None = Field(default=None, description="S3 access key.")
    s3_secret_key: SecretStr | None = Field(default=None, description="S3 secret key.")
    archive_folder: Path | None = Field(
        default=None, description="Folder for archive and backups without S3; by default, inside the state folder."
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
    nightly_backups: int = Field(default=0, ge=0, description="Number of nightly backups to keep; 0 disables them.")
    roll_ups_by: Literal["worker", "airflow", "pg_cron"] = Field(
        default="worker",
        description="Scheduler that refreshes the roll-ups: `worker`, `airflow` or `pg_cron`. The worker takes over"
        " after two hours without a run.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="Bearer token required to read `/metrics`; by default, one that the hub generates in"
        " `secrets/metrics-token` of the state folder.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Log level of API and worker; `debug` also logs the request IDs of each commit."
    )
    visit_minutes: int = Field(
        default=30,
        ge=1,
        le=1440,
        description="Minutes from which a stay is a visit in statistics; a shorter one is a stop on the way.",
    )
    drive_gap_minutes: int = Field(
        default=10,
        ge=3,
        le=120,
        description="Minutes without a reading of driving after which a car's drive has ended.",
    )
    drive_stop_minutes: int = Field(
        default=5,
        ge=1,
        le=120,
        description="Minutes after which a stop ends a drive, where the car says that it stands and its engine is off.",
    )
    map_tiles: str | None = Field(
        default=None,
        description="Tile URL with {z}/{x}/{y} for the map. Off by default, because the tile server learns which places"
        " you view.",
    )
    map_attribution: str = Field(
        default="", description="Whom the map names for `IOT_HUB_MAP_TILES` or `IOT_HUB_MAP_FILE`, as its licence asks."
    )
    map_file: Path | None = Field(
        default=None,
        description="PMTiles archive of your region, drawn on the map page under your trips: streets from your disk.",
    )
    photos: Path | None = Field(
        default=None,
        description="Folder of your photos (JPEG, PNG, WebP), which the hub only reads: the map page shows them by time"
        " and place. Scanned nightly, or by `iot-hub photos scan`.",
    )
    language: str = Field(default="auto", description="Language of the dashboard: en, pl, or auto (the browser's).")

    public_dashboard: Literal["no", "links", "yes"] = Field(
        default="no",
        description="A second dashboard without a password: `yes` shows published data at `/public`, `links` only what"
        " a share link opens.",
    )
    dashboard_bytes: int = Field(
        default=500_000_000,
        gt=0,
        description="Maximum memory of a dashboard process; beyond it, `iot-hub up` restarts that process.",
    )
    insecure_login: bool = Field(
        default=False,
        description="Allow login over plain HTTP from other machines. Only for a network that you trust.",
    )
    address: str | None = Field(
        default=None,
        description="The hub's public URL, such as `https://hub.example`; by default, its host and port.",
    )
    oidc_issuer: str | None = Field(
        default=None, description="Issuer URL of an OpenID provider for the owner's login, in addition to the password."
    )
    oidc_client_id: str | None = Field(default=None, description="OpenID client ID.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="OpenID client secret.")
    oidc_owner: str | None = Field(
        default=None, description="The only account with access to the hub: its `sub`, or its verified email address."
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
        """Return the sources by priority: arguments, the environment, secrets in files."""
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
            raise ValueError(f"{address!r} is not an address such as https://hub.example")
        return address

    @field_validator("mqtt_topics")
    @classmethod
    def _disjoint_filters(cls, topics: str) -> str:
        check_filters(split_filters(topics))
        return topics

    @field_validator("mqtt_url")
    @classmethod
    def _broker_url(cls, url: SecretStr | None) -> SecretStr | None:
        # What is wrong is said without the URL, which holds a password.
        if url is not None and not re.fullmatch(r"mqtts?://[^/?#]+/?", url.get_secret_value()):
            raise ValueError("it is not a URL such as mqtts://user:password@broker.example:8883")
        return url

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The owner's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def web_address(self) -> str:
        """The URL at which browsers reach the hub, without a trailing slash."""
        if self.address:
            return self.address.rstrip("/")
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        host = f"[{reachable}]" if ":" in reachable else reachable
        return f"{'http' if self.tls == 'off' else 'https'}://{host}:{self.port}"

    @property
    def socket_folder(self) -> Path:
        """The folder of the private cluster's socket. A socket's path is at most 107 bytes long."""
        inside = self.home / "run"
        if len(str(inside)) <= 80:
            return inside
        name = f"iot-hub-{zlib.crc32(str(self.home).encode()):x}"
        return Path(tempfile.gettempdir()) / name


@cache
def settings() -> Settings:
    """Return the settings, read once. Raises UserError if a file with a secret can't be read."""
    try:
        return Settings()
    except (SettingsError, OSError) as error:
        raise UserError(f"A secret file can't be read: {error}") from error
