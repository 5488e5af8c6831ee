"""What tests of nginx build: an authority, its certificates, and nginx before a hub that runs."""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from free_ports import free_ports
from hub_process import Hub
from started import needs
from waiting import wait_until

from iot_hub.settings import Settings


def openssl(*arguments: object) -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a test, whom its clients trust."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "authority.pem"

    def set_up(self) -> Authority:
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2,
            "-subj", "/CN=Authority of a test", "-keyout", self.folder / "authority.key", "-out", self.certificate,
            "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip
        return self

    def issue(self, name: str = "hub", days: int = 90) -> tuple[Path, Path]:
        """A certificate for this machine, with its chain, and its key."""
        certificate, key, asked = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        extensions = self.folder / "extensions"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", asked,
        )  # fmt: skip
        openssl(
            "x509", "-req", "-in", asked, "-CA", self.certificate, "-CAkey", self.folder / "authority.key",
            "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", certificate,
        )  # fmt: skip
        return certificate, key

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


def behind(hub: Hub) -> dict[str, str]:
    """Where the parts of a running hub listen: options of ``iot-hub nginx``."""
    marks = {"--api": ("iot_hub api", "--port "), "--dashboard": ("owner_app.py", "--server.port="),
             "--public": ("public_app.py", "--server.port=")}  # fmt: skip
    lines = list(hub.children().values())
    found = {
        option: next((line.partition(mark)[2].split()[0] for line in lines if part in line), "")
        for option, (part, mark) in marks.items()
    }
    return {option: f"127.0.0.1:{port}" for option, port in found.items() if port}


@contextlib.contextmanager
def nginx_before(parts: dict[str, str], home: Path, **settings: object) -> Iterator[Settings]:
    """Another nginx before them, as ``iot-hub nginx`` runs it; its settings."""
    needs("hub")
    ports = free_ports(2)
    own = Settings(home=home, port=ports[0], **{"http_port": ports[1], **settings})  # type: ignore[arg-type]
    given = {name: getattr(own, name) for name in ("home", "port", "http_port", *settings)}
    environment = os.environ | {f"IOT_HUB_{name.upper()}": str(value) for name, value in given.items()}
    words = [word for pair in parts.items() for word in pair]
    with (home / "nginx.log").open("ab") as log, subprocess.Popen(
        [sys.executable, "-m", "iot_hub", "nginx", *words], env=environment, stdout=log, stderr=log
    ) as running:  # fmt: skip
        try:
            wait_until(lambda: _answers(own) or running.poll() is not None, 30)
            assert running.poll() is None, (home / "nginx.log").read_text()
            yield own
        finally:
            running.terminate()


def _answers(settings: Settings) -> bool:
    with contextlib.suppress(httpx.TransportError):
        # Whatever the answer: it is nginx's. Without encryption, for the reason that Hub.ready has.
        plain = settings.web_address.replace("https:", "http:")
        return bool(httpx.get(f"{plain}/healthz", verify=False).status_code)
    return False
