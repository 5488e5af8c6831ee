"""nginx in front: one origin, one port. The same template serves this machine and deployments."""

from __future__ import annotations

import os
import pwd
import shutil
import string
from importlib.resources import files
from pathlib import Path

from iot_hub.errors import UserError
from iot_hub.settings import Settings


class _Template(string.Template):
    """``@name@``: nginx has the dollar sign for itself."""

    delimiter = "@"
    pattern = r"@(?:(?P<escaped>@)|(?P<named>[a-z_]+)@|(?P<braced>[a-z_]+)@|(?P<invalid>))"  # type: ignore[assignment]


def program() -> str:
    """Find nginx, or say what to install."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise UserError("nginx is not installed. Run 'make up', or: sudo apt-get install nginx-light")
    return found


def configuration(settings: Settings, *, api_port: int, dashboard_port: int, public_port: int | None = None) -> str:
    """Write the configuration for a hub whose API and dashboards listen on these ports."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return _filled(
        "nginx.conf.template",
        # Workers of a master that is root need a user; elsewhere nginx would warn of the line.
        user_line=f"user {_worker_user()};" if os.geteuid() == 0 else "",
        pid=settings.home / "nginx" / "nginx.pid",
        folder=folder(settings),
        listen=f"{host}:{settings.port}",
        api=f"127.0.0.1:{api_port}",
        dashboard=f"127.0.0.1:{dashboard_port}",
        public=_public_locations(public_port),
        max_body=settings.max_body_bytes,
        request_rate=settings.request_rate,
        request_burst=settings.request_rate * 5,
    )


def _public_locations(port: int | None) -> str:
    name = "nginx.public-off.template" if port is None else "nginx.public.template"
    return _filled(name, public_dashboard=f"127.0.0.1:{port}").rstrip().replace("\n", "\n        ")


def _filled(name: str, **values: object) -> str:
    return _Template((files("iot_hub") / name).read_text(encoding="utf-8")).substitute(values)


def folder(settings: Settings) -> Path:
    """Where nginx keeps its temporary files."""
    # Workers that are not root could not enter root's home.
    return Path("/var/lib/nginx") if os.geteuid() == 0 else settings.home / "nginx"


def _worker_user() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "www-data" if "www-data" in names else "nobody"


def command(configuration_file: Path) -> list[str]:
    """Give the command line that runs nginx in the foreground."""
    return [program(), "-e", "stderr", "-c", str(configuration_file), "-g", "daemon off;"]
