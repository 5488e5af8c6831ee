"""Checks of what the hub serves: host names, undeclared proxies, the map's file, and reports to wrong addresses."""

from __future__ import annotations

from datetime import datetime

from iot_hub.api.host_names import own_names
from iot_hub.metrics.noticed import noticed
from iot_hub.metrics.wrong_addresses import wrong_addresses
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, warning
from iot_hub.operations.nginx import certificate

_MAX_NAMED = 5


def hosts(context: DiagnosticContext) -> Finding:
    """Check for requests to a host name that the hub does not accept."""
    settings = context.settings
    rejected = [name for name in noticed(settings.home, "unknown_host") if name not in own_names(settings)]
    if rejected:
        named = ", ".join(rejected[:_MAX_NAMED])
        return warning(
            f"Requests to unknown host names were rejected (421): {named}.",
            f"If your devices or browsers use such a name, add it: IOT_HUB_HOSTS={rejected[0]} (docs/https.md).",
        )
    names = sorted(own_names(settings) | certificate.host_names_of(settings))
    return ok(f"The hub accepts requests for {', '.join(names)}, and for IP addresses.")


def proxies(context: DiagnosticContext) -> Finding:
    """Check for an undeclared proxy on this machine."""
    unknown = [one for one in noticed(context.settings.home, "unknown_proxy") if not context.settings.trusts(one)]
    if unknown:
        return warning(
            f"A proxy at {unknown[0]} forwards requests but is not trusted: all its clients count as one.",
            f"If it is yours, set IOT_HUB_TRUSTED_PROXIES={unknown[0]} (docs/https.md).",
        )
    trusted = ", ".join(context.settings.proxies)
    return ok(f"Trusted proxies: {trusted}." if trusted else "No proxy is trusted.")


def map_file(context: DiagnosticContext) -> Finding:
    """Check that the owner's own map can be read."""
    file = context.settings.map_file
    if file is None:
        return ok("The map has its own base alone (IOT_HUB_MAP_FILE adds streets).")
    try:
        with file.open("rb") as archive:
            is_pmtiles = archive.read(8) == b"PMTiles\x03"
    except OSError as error:
        return warning(
            f"The map's file {file} can't be read: {error.strerror}.",
            "Put it where the hub's user may read it: a service sees nothing of /home (docs/map.md).",
        )
    if not is_pmtiles:
        return warning(f"The map's file {file} is no PMTiles archive of version 3.", "Make one: docs/map.md.")
    return ok(f"The map draws {file}.")


def addresses(context: DiagnosticContext) -> Finding:
    """Check for reports to addresses at which nothing is."""
    zone = context.settings.zone
    wrong = list(wrong_addresses(context.settings.home).items())[:_MAX_NAMED]
    if not wrong:
        return ok("Nothing reported to a wrong address within a week.")
    named = "; ".join(
        f"{address} ({found.count} times, last {datetime.fromtimestamp(found.last, zone):%Y-%m-%d %H:%M})"
        for address, found in wrong
    )
    right = sorted({found.meant for _, found in wrong if found.meant})
    enter = f"In that app, enter {' or '.join(right)}" if right else "Enter the right address in that app"
    return warning(
        f"Something reports to a wrong address, and nothing of it is kept: {named}.",
        f"{enter} (iot-hub device connect shows the settings; docs/connect.md lists the addresses).",
    )
