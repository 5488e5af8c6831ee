"""nginx's certificate: the owner's own, or a self-signed one for a first try."""

from __future__ import annotations

import hashlib
import socket
import ssl
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from iot_hub.api.host_names import host_names
from iot_hub.errors import UserError
from iot_hub.files.private_files import create_empty
from iot_hub.settings import Settings

VALIDITY_DAYS = 90
RENEWAL_DAYS = 30
"""A self-signed certificate is renewed this many days before it expires."""


@dataclass(frozen=True)
class Pair:
    """The files (PEM) of a certificate with its chain, and of its key."""

    certificate: Path
    key: Path


def of(settings: Settings) -> Pair | None:
    """Return the pair in the settings, or a self-signed one, created if needed; None without TLS.

    Raises UserError if it is missing or unreadable, or if certificate and key do not match.
    """
    if settings.tls == "off":
        return None
    return renewed(settings) if settings.tls == "self-signed" else existing(settings)


def existing(settings: Settings) -> Pair:
    """Return the existing pair without creating one. Raises UserError as ``of`` does."""
    if settings.tls == "self-signed":
        return _own_pair(settings)
    if not (settings.tls_certificate and settings.tls_key):
        raise UserError("IOT_HUB_TLS=files needs IOT_HUB_TLS_CERTIFICATE and IOT_HUB_TLS_KEY, two files (PEM).")
    pair = Pair(settings.tls_certificate, settings.tls_key)
    _check(pair)
    return pair


def renewed(settings: Settings) -> Pair:
    """Return the hub's self-signed pair, renewed if it is missing or about to expire."""
    pair = _own_pair(settings)
    if not _lasts(pair.certificate) or not pair.key.exists():
        pair.certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(pair, _names(settings))
    return pair


def _own_pair(settings: Settings) -> Pair:
    return Pair(settings.home / "tls" / "certificate.pem", settings.home / "tls" / "key.pem")


def end(certificate: Path) -> datetime:
    """Return when a certificate expires. Raises UserError if it is not one."""
    return _dates(certificate)[1]


def lifetime(certificate: Path) -> timedelta:
    """Return the whole validity period of a certificate. Raises UserError if it is not one."""
    begin, end = _dates(certificate)
    return end - begin


def _dates(certificate: Path) -> tuple[datetime, datetime]:
    output = _openssl("x509", "-noout", "-startdate", "-enddate", "-in", str(certificate)).splitlines()
    begin, end = (ssl.cert_time_to_seconds(line.partition("=")[2].strip()) for line in output)
    return datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC)


def names(certificate: Path) -> list[str]:
    """Return the host names in a certificate. Raises UserError if it is not one."""
    output = _openssl("x509", "-noout", "-ext", "subjectAltName", "-in", str(certificate))
    return [word.removeprefix("DNS:").rstrip(",") for word in output.split() if word.startswith("DNS:")]


def host_names_of(settings: Settings) -> frozenset[str]:
    """Return the host names in the owner's own certificate: its issuer has verified that they are the owner's."""
    if settings.tls != "files":
        return frozenset()
    try:
        return host_names(names(existing(settings).certificate))
    except UserError:
        return frozenset()


def fingerprint(certificate: Path) -> str:
    """Return the SHA-256 fingerprint as browsers show it."""
    first = certificate.read_text(encoding="ascii").partition("-----END CERTIFICATE-----")
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(f"{first[0][first[0].index('-----BEGIN') :]}{first[1]}"))
    return digest.digest().hex(":").upper()


def _lasts(certificate: Path) -> bool:
    if not certificate.exists():
        return False
    return (_end(certificate, certificate.stat().st_mtime_ns) - datetime.now(UTC)).days >= RENEWAL_DAYS


@lru_cache(maxsize=1)
def _end(certificate: Path, _: int) -> datetime:
    # A running hub looks every few seconds: openssl is asked once for each file.
    return end(certificate)


def _make(pair: Pair, names: str) -> None:
    key, certificate = pair.key.with_suffix(".new"), pair.certificate.with_suffix(".new")
    create_empty(key)
    _openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256",
        "-days", str(VALIDITY_DAYS), "-subj", "/CN=IoT Personal Hub", "-keyout", str(key), "-out", str(certificate),
        "-addext", f"subjectAltName={names}", "-addext", "basicConstraints=critical,CA:FALSE",
        "-addext", "extendedKeyUsage=serverAuth",
    )  # fmt: skip
    key.rename(pair.key)
    certificate.rename(pair.certificate)


def _names(settings: Settings) -> str:
    hosts = dict.fromkeys(name for name in ("localhost", socket.gethostname(), socket.getfqdn()) if name.isascii())
    addresses = dict.fromkeys(["127.0.0.1", "::1"])
    if settings.host not in ("0.0.0.0", "::"):  # noqa: S104
        (addresses if settings.host.replace(".", "").isdigit() or ":" in settings.host else hosts)[settings.host] = None
    return ",".join([*(f"DNS:{name}" for name in hosts), *(f"IP:{address}" for address in addresses)])


def _check(pair: Pair) -> None:
    for file in (pair.certificate, pair.key):
        try:
            file.read_bytes()
        except OSError as error:
            raise UserError(f"The TLS settings name a file that can't be read, {file}: {error.strerror}.") from error
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(pair.certificate, pair.key, password="")
    except ssl.SSLError as error:
        raise UserError(
            f"{pair.certificate} and {pair.key} are not a certificate and its unencrypted key in PEM: {error.reason}."
        ) from error


def _openssl(*arguments: str) -> str:
    try:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise UserError("openssl is not installed: sudo apt-get install openssl") from error
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise UserError(f"openssl failed: {last[0]}") from error
    return done.stdout
