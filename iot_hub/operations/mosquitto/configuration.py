"""Writes Mosquitto's configuration from the template beside this file, which says why each option is there."""

from __future__ import annotations

import ipaddress
import string
from importlib.resources import files
from pathlib import Path

from iot_hub.errors import UserError
from iot_hub.ingest.mqtt.broker import socket_of
from iot_hub.settings import Settings

TOPIC_BYTES = 70_000
"""Of a packet, besides its payload."""
LOOPBACK = "127.0.0.1"


def folder(settings: Settings) -> Path:
    """Return the folder of the broker's files."""
    return settings.home / "mosquitto"


def configuration(settings: Settings) -> str:
    """Return the configuration. Raises UserError where the settings would send passwords in clear unasked."""
    own = folder(settings)
    template = (files("iot_hub.operations.mosquitto") / "mosquitto.conf.template").read_text(encoding="utf-8")
    return string.Template(template).substitute(
        socket=socket_of(settings),
        plain_host=settings.mqtt_host if settings.insecure_mqtt else LOOPBACK,
        plain_port=settings.mqtt_port,
        tls=_tls(settings),
        folder=own,
        memory=settings.mqtt_memory_bytes,
        largest=settings.max_body_bytes + TOPIC_BYTES,
        debug="log_type debug" if settings.log_level == "debug" else "# IOT_HUB_LOG_LEVEL=debug adds: log_type debug",
    )


def is_open(settings: Settings) -> bool:
    """Return whether other machines are to reach the broker."""
    try:
        return not ipaddress.ip_address(settings.mqtt_host).is_loopback
    except ValueError:
        return settings.mqtt_host != "localhost"


def serves_tls(settings: Settings) -> bool:
    """Return whether the broker has a port with TLS."""
    return is_open(settings) and settings.tls != "off"


def listeners(settings: Settings) -> list[tuple[str, int]]:
    """Return the addresses at which devices reach the broker from this machine."""
    opened = LOOPBACK if settings.mqtt_host in ("0.0.0.0", "::") else settings.mqtt_host  # noqa: S104
    found = [(opened if settings.insecure_mqtt else LOOPBACK, settings.mqtt_port)]
    if serves_tls(settings):
        found.append((opened, settings.mqtt_tls_port))
    return found


def _tls(settings: Settings) -> str:
    if serves_tls(settings):
        own = folder(settings)
        return (
            f"listener {settings.mqtt_tls_port} {settings.mqtt_host}\n"
            f"certfile {own / 'certificate.pem'}\nkeyfile {own / 'key.pem'}\ntls_version tlsv1.2\n"
        )
    if is_open(settings) and not settings.insecure_mqtt:
        raise UserError(
            "IOT_HUB_MQTT_HOST opens the broker to other machines, which needs TLS: set IOT_HUB_TLS. For a network that"
            " you trust with passwords in clear: IOT_HUB_INSECURE_MQTT=true"
        )
    return ""
