"""Writes nginx's configuration from the templates beside this file."""

from __future__ import annotations

import os
import pwd
import re
import resource
import string
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from iot_hub.access.login.authorization import COOKIE
from iot_hub.access.login.oidc import provider_of
from iot_hub.api import content_security_policy, host_names
from iot_hub.errors import UserError, error_body
from iot_hub.files.own_secrets import FRONT_SECRET, own_secret
from iot_hub.ingest.http.endpoints import ENDPOINTS, REGISTRATIONS
from iot_hub.operations.nginx import certificate, page_files
from iot_hub.settings import Settings

BURST_SECONDS = 5
TOKENS_OF_AN_ADDRESS = 10
"""An address with tokens may send this many times the rate: phones share addresses."""

CONNECTIONS_OF_ADDRESS = 100
CONNECTIONS_OF_MACHINE = 1000
ALL_CONNECTIONS = 1500
"""Maximum number of concurrent requests: per address, of this machine, and in all."""

PAGES_OF_ADDRESS = 20
ALL_PAGES = 40
"""Maximum number of open dashboard pages: per address, which may be a family's, and in all."""

WORKER_CONNECTIONS = 8192

HTTPS_REQUIRED = "Nothing was kept. Send it by HTTPS: the address begins with https://."

_HTTPS_PORT = 443
_VALID_SECRET = re.compile(r"[A-Za-z0-9_-]{16,200}")


class _Template(string.Template):
    """Placeholders are ``@name@``, because nginx uses the dollar sign."""

    delimiter = "@"
    pattern = r"@(?:(?P<escaped>@)|(?P<named>[a-z_]+)@|(?P<braced>[a-z_]+)@|(?P<invalid>))"  # type: ignore[assignment]


@dataclass(frozen=True)
class Upstreams:
    """The servers behind nginx, each as ``host:port``."""

    api: str
    dashboard: str
    public_dashboard: str | None = None
    """None: not running."""


def configuration(settings: Settings, upstreams: Upstreams) -> str:
    """Return the configuration. Raises UserError if the certificate is missing or invalid."""
    burst = settings.request_rate * BURST_SECONDS
    open_files = _open_files()
    return _render(
        "nginx.conf",
        # Workers of a master that runs as root need a user; otherwise nginx would warn about the line.
        user_line=f"user {_worker_user()};" if os.geteuid() == 0 else "",
        pid=settings.home / "nginx" / "nginx.pid",
        folder=folder(settings),
        listen=_listen(settings, settings.port),
        tls_words="" if settings.tls == "off" else "ssl http2",
        tls=_tls(settings),
        plain_http=_plain_http(settings),
        strict_transport=_strict_transport(settings),
        proxies=_proxies(settings),
        trusted_peers="".join(f"\n        {proxy} 1;" for proxy in settings.proxies),
        front_secret=_front_secret(settings),
        known_hosts=host_names.pattern(host_names.own_names(settings) | certificate.host_names_of(settings)),
        unknown_host=str(host_names.UnknownHostError()),
        open_files=open_files,
        # Each connection may have a file too, and nginx itself keeps some open.
        connections=min(WORKER_CONNECTIONS, open_files - 64),
        connections_of_address=CONNECTIONS_OF_ADDRESS,
        connections_of_machine=CONNECTIONS_OF_MACHINE,
        all_connections=ALL_CONNECTIONS,
        pages_of_address=PAGES_OF_ADDRESS,
        all_pages=ALL_PAGES,
        api=upstreams.api,
        dashboard=upstreams.dashboard,
        public=_public_locations(settings, upstreams.public_dashboard),
        auth_request=_auth_request_block(settings),
        to_dashboard=_indented(
            "dashboard", indent=12, auth_request=_auth_request_block(settings), style_sheet=page_files.style_sheet("/")
        ),
        page_files=page_files.folder(folder(settings)),
        preload=page_files.preload("/"),
        public_preload=page_files.preload("/public/"),
        max_body=settings.max_body_bytes,
        request_rate=settings.request_rate,
        request_burst=burst,
        tokens_rate=settings.request_rate * TOKENS_OF_AN_ADDRESS,
        tokens_burst=burst * TOKENS_OF_AN_ADDRESS,
        dashboard_policy=content_security_policy.dashboard(settings.map_tiles),
        public_policy=content_security_policy.public_dashboard(settings.map_tiles),
        data_policy=content_security_policy.DATA,
        apps=_paths_of_apps(),
        pass_to_api=_indented("pass-to-api", indent=12),
        session_cookie=COOKIE,
        https_required=error_body("https_required", HTTPS_REQUIRED).decode(),
    )


def _paths_of_apps() -> str:
    """Return the paths of apps for a regular expression; not the root, where the dashboard is."""
    paths = [*(endpoint.path for endpoint in ENDPOINTS if endpoint.token_in_path), REGISTRATIONS]
    return "|".join(sorted(re.escape(path[1:]) for path in paths))


def folder(settings: Settings) -> Path:
    """Return the folder of nginx's temporary files."""
    # Workers without root could not enter root's home.
    return Path("/var/lib/nginx") if os.geteuid() == 0 else settings.home / "nginx"


def _tls(settings: Settings) -> str:
    pair = certificate.of(settings)
    return _indented("tls", certificate=pair.certificate, key=pair.key) if pair else ""


def _strict_transport(settings: Settings) -> str:
    # After a self-signed certificate, HSTS would make browsers reject every other one that is not valid yet.
    return "max-age=31536000" if settings.tls == "files" else ""


def _plain_http(settings: Settings) -> str:
    if settings.tls == "off" or not settings.http_port:
        return ""
    return _indented(
        "plain-http",
        indent=4,
        listen=_listen(settings, settings.http_port),
        folder=folder(settings),
        port="" if settings.port == _HTTPS_PORT else f":{settings.port}",
        data_policy=content_security_policy.DATA,
        unknown_host=str(host_names.UnknownHostError()),
        https_required=error_body("https_required", HTTPS_REQUIRED).decode(),
    )


def _proxies(settings: Settings) -> str:
    if not settings.proxies:
        return ""
    lines = [*(f"set_real_ip_from {proxy};" for proxy in settings.proxies), "real_ip_header X-Forwarded-For;"]
    return "\n    ".join([*lines, "real_ip_recursive on;"])


def _auth_request_block(settings: Settings) -> str:
    """Return the directives that protect the owner's dashboard, which also checks for itself."""
    if provider_of(settings) is None:
        return "auth_request /_auth;\n            error_page 401 = @log_in;"
    # Streamlit's own login is a page of the dashboard, so it must open without a login.
    encrypted = settings.web_address.startswith("https:")
    return "proxy_cookie_flags ~^_streamlit_user secure;" if encrypted else ""


def _public_locations(settings: Settings, address: str | None) -> str:
    if address is None:
        return _indented("public-off")
    return _indented(
        "public",
        public_dashboard=address,
        to_public_dashboard=_indented(
            "public-dashboard", indent=4, public_dashboard=address, style_sheet=page_files.style_sheet("/public/")
        ),
        page_files=page_files.folder(folder(settings)),
        pages_of_address=PAGES_OF_ADDRESS,
        all_pages=ALL_PAGES,
    )


def _front_secret(settings: Settings) -> str:
    secret = own_secret(settings.home, FRONT_SECRET)
    if not _VALID_SECRET.fullmatch(secret):
        raise UserError(f"The secret {FRONT_SECRET} must be 16 to 200 letters and digits.")
    return secret


def _open_files() -> int:
    """Return nginx's limit of open files: twice its connections, or what this machine allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 2 * WORKER_CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * WORKER_CONNECTIONS, hard)


def _indented(name: str, *, indent: int = 8, **values: object) -> str:
    return _render(name, **values).rstrip().replace("\n", "\n" + " " * indent)


def _render(name: str, **values: object) -> str:
    return _Template((files("iot_hub.operations.nginx") / f"{name}.template").read_text(encoding="utf-8")).substitute(
        values
    )


def _listen(settings: Settings, port: int) -> str:
    # "::" stands for all addresses, IPv4 too; nginx alone would bind only those of IPv6.
    both = " ipv6only=off" if settings.host.strip("[]") == "::" else ""
    return f"{_host(settings)}:{port}{both}"


def _host(settings: Settings) -> str:
    return f"[{settings.host}]" if ":" in settings.host else settings.host


def _worker_user() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "www-data" if "www-data" in names else "nobody"
