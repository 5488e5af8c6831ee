"""Whether what runs is what is installed: PostgreSQL, nginx, Python, their libraries, the hub itself."""

from __future__ import annotations

import http.client
import json
from pathlib import Path

import psycopg

from iot_hub import __version__
from iot_hub.database.errors import explanation
from iot_hub.database.queries import query
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, problem, warning
from iot_hub.operations.http_client import open_local_connection
from iot_hub.operations.locks import hub_process
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.operations.program_files import replaced_in
from iot_hub.operations.supervisor import children_of

_SOON = "The hub restarts it within a minute. If this lasts, see what the hub says: journalctl --unit iot-hub"
NAMED = 3


def server_of_now(context: DiagnosticContext, running: str) -> Finding | None:
    """Whether a new connection loads its libraries, and whether the server is the one that is installed.

    None where nothing is wrong. An old connection tells nothing: it has loaded what it needs.
    """
    installed = _installed_server(context)
    versions = f"PostgreSQL {running} runs"
    if installed and installed != running:
        versions += f", {installed} is installed"
    try:
        context.database.execute(query("load_libraries"))
    except psycopg.Error as error:
        return problem(f"{versions}, and new connections do not work.", explanation(error))
    if installed and installed != running:
        return warning(f"{versions}.", _SOON)
    return None


def _installed_server(context: DiagnosticContext) -> str | None:
    """Return the version of the private cluster's program on the disk; None where the server is another's."""
    return None if context.settings.database_url else Cluster(context.settings).binaries.full_version()


def programs(context: DiagnosticContext) -> Finding:
    """Whether the hub's processes run programs and libraries that were replaced since."""
    home = context.settings.home
    hub = hub_process(home) if (home / "hub.lock").exists() else None
    if hub is None:
        return ok("No hub runs here.")
    found = {_role(pid, home): names for pid in children_of(hub) if (names := _replaced(pid))}
    if found:
        said = "; ".join(f"{role} ({names})" for role, names in sorted(found.items()))
        return warning(f"Replaced on the disk since they were started: {said}.", _SOON)
    if (version := _running_version(context)) not in (None, __version__):
        return warning(f"Version {version} runs, {__version__} is installed.", "Take it up: iot-hub reload")
    if names := _replaced(hub):
        return warning(
            f"The process that starts the others runs what was replaced on the disk ({names}).",
            "It serves nobody. Restart the hub when it suits: systemctl restart iot-hub",
        )
    return ok("What runs is what is installed.")


def _replaced(pid: int) -> str:
    names = sorted({file.name for file in replaced_in(pid)})
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _role(pid: int, home: Path) -> str:
    """Name a process by the log that it writes."""
    try:
        log = Path(f"/proc/{pid}/fd/2").readlink()
    except OSError:
        return str(pid)
    return log.stem if log.is_relative_to(home) else str(pid)


def _running_version(context: DiagnosticContext) -> str | None:
    local = open_local_connection(context.settings, timeout=5)
    try:
        local.request("GET", "/healthz")
        version: str | None = json.loads(local.getresponse().read())["version"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        local.close()
    return version
