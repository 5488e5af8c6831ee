"""Checks that the running programs are the installed ones: PostgreSQL, nginx, Python, libraries, the hub itself."""

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

_SOON = "The hub restarts it within a minute. If this persists, see the hub's output: journalctl --unit iot-hub"
NAMED = 3


def outdated_server(context: DiagnosticContext, running: str) -> Finding | None:
    """Check that a new connection can load its libraries, and that the server is the installed one.

    Returns None if all is well. An old connection proves nothing: it has already loaded its libraries.
    """
    installed = _installed_server(context)
    versions = f"PostgreSQL {running} is running"
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
    """Return the version of the private cluster's program on disk; None for an external server."""
    return None if context.settings.database_url else Cluster(context.settings).binaries.full_version()


def programs(context: DiagnosticContext) -> Finding:
    """Check for processes whose programs or libraries were replaced since they started."""
    home = context.settings.home
    hub = hub_process(home) if (home / "hub.lock").exists() else None
    if hub is None:
        return ok("No hub is running here.")
    found = {_role(pid, home): names for pid in children_of(hub) if (names := _replaced(pid))}
    if found:
        listed = "; ".join(f"{role} ({names})" for role, names in sorted(found.items()))
        return warning(f"Replaced on disk since the start of: {listed}.", _SOON)
    if (version := _running_version(context)) not in (None, __version__):
        return warning(f"Version {version} is running, {__version__} is installed.", "Reload the hub: iot-hub reload")
    if names := _replaced(hub):
        return warning(
            f"The supervisor runs programs that were replaced on disk ({names}).",
            "It handles no requests. Restart the hub when convenient: systemctl restart iot-hub",
        )
    return ok("All running programs are the installed ones.")


def _replaced(pid: int) -> str:
    names = sorted({file.name for file in replaced_in(pid)})
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _role(pid: int, home: Path) -> str:
    """Return the role of a process, by the log that it writes."""
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
