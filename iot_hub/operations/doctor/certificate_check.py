"""Checks the encryption of the hub, and when its certificate expires."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, problem, span, warning
from iot_hub.operations.nginx import certificate

WARNING_SECONDS = 14 * 86_400
"""ACME clients renew a month before expiry, and the shortest-lived certificates in use are valid for six days."""


def check(context: DiagnosticContext) -> Finding:
    """Check that the certificate exists, matches its key, and does not expire soon."""
    settings = context.settings
    if settings.tls == "off":
        return _without_tls(context)
    if settings.tls == "self-signed" and not (settings.home / "tls" / "certificate.pem").exists():
        return warning("The hub's own certificate does not exist yet.", "Start the hub: iot-hub up")
    pair = certificate.existing(settings)
    left = (certificate.end(pair.certificate) - datetime.now(UTC)).total_seconds()
    if left <= 0:
        return problem(f"The certificate expired {span(-left)} ago.", "Renew it: until then, no device can send.")
    message = f"The certificate expires in {span(left)}."
    if left < min(WARNING_SECONDS, certificate.lifetime(pair.certificate).total_seconds() / 4):
        return warning(message, "It should have been renewed already: check the ACME client (docs/https.md).")
    if settings.tls == "self-signed":
        return ok(f"{message} It is self-signed: browsers warn about it, and phones may reject it.")
    return ok(message)


def _without_tls(context: DiagnosticContext) -> Finding:
    settings = context.settings
    if _is_local(settings.host) or settings.proxies:
        return ok("The hub is only reachable from this machine, or through a proxy.")
    return warning(
        f"The hub listens on {settings.host} over plain HTTP: others in the network can read tokens.",
        "Set IOT_HUB_TLS or, behind a proxy with HTTPS, IOT_HUB_TRUSTED_PROXIES (docs/https.md).",
    )


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
