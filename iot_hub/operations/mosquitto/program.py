"""Mosquitto as a program: where it is, its files, and its command line."""

from __future__ import annotations

import contextlib
import shutil
import socket
from pathlib import Path

from iot_hub.errors import UserError
from iot_hub.files.private_files import PASSABLE, make_folder
from iot_hub.ingest.mqtt.broker import socket_of
from iot_hub.operations.mosquitto.accounts import prepare_accounts, write_for_broker
from iot_hub.operations.mosquitto.configuration import configuration, folder, listeners, serves_tls
from iot_hub.operations.nginx import certificate
from iot_hub.operations.server_user import as_user, check_owner, give_to, server_user
from iot_hub.settings import Settings

SERVER_USER = "mosquitto"


def program() -> str | None:
    """Return the path of Mosquitto; None where it is not installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def files() -> list[Path]:
    """Return the files whose replacement requires a restart of the broker."""
    found = program()
    return [Path(found)] if found else []


def write(settings: Settings) -> Path:
    """Write configuration, certificate and the hub's own account; return the configuration's path. Raises UserError."""
    text = configuration(settings)
    user = server_user(SERVER_USER, "Mosquitto")
    own = folder(settings)
    try:
        make_folder(settings.home, PASSABLE)
        make_folder(own)
        give_to(own, user)
        listening = socket_of(settings).parent
        make_folder(listening.parent, 0o755)
        make_folder(listening, 0o755)
        check_owner(listening, user)
        give_to(listening, user)
        prepare_accounts(settings)
        if serves_tls(settings):
            _copy_certificate(settings, own)
        path = own / "mosquitto.conf"
        write_for_broker(path, text.encode())
    except OSError as error:
        raise UserError(f"The state folder {settings.home} can't be used: {error.strerror}.") from error
    return path


def command(settings: Settings, configuration_file: Path) -> list[str]:
    """Return the command line that runs the broker in the foreground. Raises UserError with what to install."""
    found = program()
    if found is None:
        raise UserError("Mosquitto is not installed. Run 'make up', or: sudo apt-get install mosquitto")
    line = [found, "-c", str(configuration_file)]
    return as_user(line, server_user(SERVER_USER, "Mosquitto"), "TERM", list(folder(settings).parents))


def taken_port(settings: Settings) -> int | None:
    """Return a port of the broker on which another program listens, if there is one."""
    for host, port in listeners(settings):
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=2):
            return port
    return None


def public_port(settings: Settings) -> int:
    """Return the port that devices are to use."""
    return settings.mqtt_tls_port if serves_tls(settings) else settings.mqtt_port


def answers(settings: Settings) -> bool:
    """Return whether the broker accepts connections."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        probe.connect(str(socket_of(settings)))
        return True
    return False


def _copy_certificate(settings: Settings, own: Path) -> None:
    """Copy the certificate to where the broker's user can read it, now and when it changes."""
    pair = certificate.of(settings)
    if pair is not None:
        write_for_broker(own / "certificate.pem", pair.certificate.read_bytes())
        write_for_broker(own / "key.pem", pair.key.read_bytes())
