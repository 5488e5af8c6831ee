"""Checks of the way in: host names that were refused, and proxies that nobody named."""

from __future__ import annotations

from iot_hub.api.host_names import own_names
from iot_hub.metrics.noticed import noticed
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, warning
from iot_hub.operations.nginx import certificate

_MOST_NAMED = 5


def hosts(context: DiagnosticContext) -> Finding:
    """Whether somebody asks for the hub by a name that it does not answer to."""
    settings = context.settings
    refused = [name for name in noticed(settings.home, "unknown_host") if name not in own_names(settings)]
    if refused:
        named = ", ".join(refused[:_MOST_NAMED])
        return warning(
            f"Requests to names that the hub does not know were refused (421): {named}.",
            f"If devices or people of yours use such a name, add it: IOT_HUB_HOSTS={refused[0]} (docs/https.md).",
        )
    names = sorted(own_names(settings) | certificate.host_names_of(settings))
    return ok(f"The hub answers to {', '.join(names)}, and to addresses.")


def proxies(context: DiagnosticContext) -> Finding:
    """Whether a program of this machine passes requests on without being trusted."""
    unknown = [one for one in noticed(context.settings.home, "unknown_proxy") if not context.settings.trusts(one)]
    if unknown:
        return warning(
            f"A proxy at {unknown[0]} passes requests on and is not trusted: all its visitors count as one.",
            f"If it is yours: IOT_HUB_TRUSTED_PROXIES={unknown[0]} (docs/https.md).",
        )
    trusted = ", ".join(context.settings.proxies)
    return ok(f"Forwarded addresses are believed of {trusted}." if trusted else "No proxy is believed.")
