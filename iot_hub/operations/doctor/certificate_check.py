"""Whether others reach the hub encrypted, and for how long yet."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, problem, span, warning
from iot_hub.operations.nginx import certificate

UNEASY_SECONDS = 14 * 86_400
"""ACME clients renew a month before the end, and the shortest-lived certificates in use last six days."""


def check(context: DiagnosticContext) -> Finding:
    """Whether the certificate is there, fits its key, and does not end soon."""
    settings = context.settings
    if settings.tls == "off":
        return _without_tls(context)
    if settings.tls == "self-signed" and not (settings.home / "tls" / "certificate.pem").exists():
        return warning("The hub's own certificate is not made yet.", "Start the hub: iot-hub up")
    pair = certificate.existing(settings)
    left = (certificate.end(pair.certificate) - datetime.now(UTC)).total_seconds()
    if left <= 0:
        return problem(f"The certificate ended {span(-left)} ago.", "Renew it: no device can send until then.")
    message = f"The certificate lasts {span(left)} yet."
    if left < min(UNEASY_SECONDS, certificate.lifetime(pair.certificate).total_seconds() / 4):
        return warning(message, "It should have been renewed. See what the ACME client says (docs/https.md).")
    if settings.tls == "self-signed":
        return ok(f"{message} The hub made it itself: browsers warn of it, and phones may refuse it.")
    return ok(message)


def _without_tls(context: DiagnosticContext) -> Finding:
    settings = context.settings
    if _is_local(settings.host) or settings.proxies:
        return ok("The hub is reached from this machine, or through a proxy.")
    return warning(
        f"The hub listens on {settings.host} and speaks plain HTTP: tokens can be read on the way.",
        "Set IOT_HUB_TLS; or, behind a proxy that speaks HTTPS, IOT_HUB_TRUSTED_PROXIES (docs/https.md).",
    )


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
