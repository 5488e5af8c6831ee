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

from iot_hub.access.login.oidc import provider_of
from iot_hub.api import content_security_policy, host_names
from iot_hub.errors import UserError
from iot_hub.files.own_secrets import FRONT_SECRET, own_secret
from iot_hub.ingest.http.endpoints import ENDPOINTS, REGISTRATIONS
from iot_hub.operations.nginx import certificate
from iot_hub.settings import Settings

BURST_SECONDS = 5
TOKENS_OF_AN_ADDRESS = 10
"""So many times the rate may come from one address with tokens: phones share addresses."""

CONNECTIONS_OF_ADDRESS = 100
CONNECTIONS_OF_MACHINE = 1000
ALL_CONNECTIONS = 1500
"""Requests that may be under way at once: of one address, of this machine, and of all."""

PAGES_OF_ADDRESS = 20
ALL_PAGES = 40
"""Pages of a dashboard that may be open at once: of one address, which may be a family's, and of all."""

WORKER_CONNECTIONS = 8192

_HTTPS_PORT = 443
_FIT_SECRET = re.compile(r"[A-Za-z0-9_-]{16,200}")


class _Template(string.Template):
    """``@name@``: nginx has the dollar sign for itself."""

    delimiter = "@"
    pattern = r"@(?:(?P<escaped>@)|(?P<named>[a-z_]+)@|(?P<braced>[a-z_]+)@|(?P<invalid>))"  # type: ignore[assignment]


@dataclass(frozen=True)
class Upstreams:
    """What nginx stands before, each as ``host:port``."""

    api: str
    dashboard: str
    public_dashboard: str | None = None
    """None: there is none."""


def configuration(settings: Settings, upstreams: Upstreams) -> str:
    """Write the configuration. Raises UserError where the certificate that it names is of no use."""
    burst = settings.request_rate * BURST_SECONDS
    open_files = _open_files()
    return _filled(
        "nginx.conf",
        # Workers of a master that is root need a user; elsewhere nginx would warn of the line.
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
        # One more file for each that is sent or received, and those that nginx itself has open.
        connections=min(WORKER_CONNECTIONS, open_files - 64),
        connections_of_address=CONNECTIONS_OF_ADDRESS,
        connections_of_machine=CONNECTIONS_OF_MACHINE,
        all_connections=ALL_CONNECTIONS,
        pages_of_address=PAGES_OF_ADDRESS,
        all_pages=ALL_PAGES,
        api=upstreams.api,
        dashboard=upstreams.dashboard,
        public=_public_locations(upstreams.public_dashboard),
        auth_request=_auth_request_block(settings),
        max_body=settings.max_body_bytes,
        request_rate=settings.request_rate,
        request_burst=burst,
        tokens_rate=settings.request_rate * TOKENS_OF_AN_ADDRESS,
        tokens_burst=burst * TOKENS_OF_AN_ADDRESS,
        dashboard_policy=content_security_policy.dashboard(settings.map_tiles),
        public_policy=content_security_policy.public_dashboard(settings.map_tiles),
        data_policy=content_security_policy.DATA,
        apps=_paths_of_apps(),
    )


def _paths_of_apps() -> str:
    paths = [*(endpoint.path for endpoint in ENDPOINTS if endpoint.token_in_path), REGISTRATIONS]
    return "|".join(sorted(re.escape(path[1:]) for path in paths))


def folder(settings: Settings) -> Path:
    """Where nginx keeps its temporary files."""
    # Workers that are not root could not enter root's home.
    return Path("/var/lib/nginx") if os.geteuid() == 0 else settings.home / "nginx"


def _tls(settings: Settings) -> str:
    pair = certificate.of(settings)
    return _inner("tls", certificate=pair.certificate, key=pair.key) if pair else ""


def _strict_transport(settings: Settings) -> str:
    # A browser that was told so would refuse the certificate that follows a self-signed one until it is right.
    return "max-age=31536000" if settings.tls == "files" else ""


def _plain_http(settings: Settings) -> str:
    if settings.tls == "off" or not settings.http_port:
        return ""
    return _inner(
        "plain-http",
        indent=4,
        listen=_listen(settings, settings.http_port),
        folder=folder(settings),
        port="" if settings.port == _HTTPS_PORT else f":{settings.port}",
        data_policy=content_security_policy.DATA,
        unknown_host=str(host_names.UnknownHostError()),
    )


def _proxies(settings: Settings) -> str:
    if not settings.proxies:
        return ""
    lines = [*(f"set_real_ip_from {proxy};" for proxy in settings.proxies), "real_ip_header X-Forwarded-For;"]
    return "\n    ".join([*lines, "real_ip_recursive on;"])


def _auth_request_block(settings: Settings) -> str:
    """Say who gets as far as the owner's dashboard, which asks for itself as well."""
    if provider_of(settings) is None:
        return "auth_request /_auth;\n            error_page 401 = @log_in;"
    # Streamlit's own login is a page of the dashboard: it opens to who is not logged in yet.
    encrypted = settings.web_address.startswith("https:")
    return "proxy_cookie_flags ~^_streamlit_user secure;" if encrypted else ""


def _public_locations(address: str | None) -> str:
    if address is None:
        return _inner("public-off")
    return _inner("public", public_dashboard=address, pages_of_address=PAGES_OF_ADDRESS, all_pages=ALL_PAGES)


def _front_secret(settings: Settings) -> str:
    secret = own_secret(settings.home, FRONT_SECRET)
    if not _FIT_SECRET.fullmatch(secret):
        raise UserError(f"The secret {FRONT_SECRET} needs 16 or more letters and digits, and nothing else.")
    return secret


def _open_files() -> int:
    """Return how many files nginx may have open: twice its connections, or what this machine allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 2 * WORKER_CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * WORKER_CONNECTIONS, hard)


def _inner(name: str, *, indent: int = 8, **values: object) -> str:
    return _filled(name, **values).rstrip().replace("\n", "\n" + " " * indent)


def _filled(name: str, **values: object) -> str:
    return _Template((files("iot_hub.operations.nginx") / f"{name}.template").read_text(encoding="utf-8")).substitute(
        values
    )


def _listen(settings: Settings, port: int) -> str:
    # "::" is every address there is, IPv4 too; nginx would take it for those of IPv6 alone.
    both = " ipv6only=off" if settings.host.strip("[]") == "::" else ""
    return f"{_host(settings)}:{port}{both}"


def _host(settings: Settings) -> str:
    return f"[{settings.host}]" if ":" in settings.host else settings.host


def _worker_user() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "www-data" if "www-data" in names else "nobody"
