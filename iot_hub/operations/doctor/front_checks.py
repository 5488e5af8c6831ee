"""Checks of requests: rejected host names, and undeclared proxies."""

from __future__ import annotations

from iot_hub.api.host_names import own_names
from iot_hub.metrics.noticed import noticed
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
