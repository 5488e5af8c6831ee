"""The services of a compose file as processes in an image's folder, without a container engine."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dockerfile import DEBIAN_ROOT, Image

from iot_hub.database.binaries import find_binaries

START_SECONDS = 120


class Containers:
    """The services of a compose file, as processes in an image's folder."""

    def __init__(self, compose: dict[str, Any], image: Image, folder: Path) -> None:
        """Keep the compose file, the image, and where volumes, secrets and logs are put."""
        self.compose = compose
        self.image = image
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self, make_secrets: Path) -> None:
        """Make secrets, volumes, and the addresses and names of the compose file's network."""
        subprocess.run([make_secrets, self.folder / "secrets"], check=True, capture_output=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for service in self.compose["services"].values():
            networks = service["networks"]
            if isinstance(networks, dict):
                address = networks["inside"]["ipv4_address"]
                subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
        for name, value in self.compose["services"]["nginx"]["sysctls"].items():
            Path("/proc/sys", *name.split(".")).write_text(str(value), encoding="ascii")
        (self.image.root / "etc" / "hosts").write_text("127.0.0.1 localhost database\n", encoding="ascii")

    @contextlib.contextmanager
    def database(self) -> Iterator[None]:
        """Run this machine's PostgreSQL as the compose file runs its image."""
        service = self.compose["services"]["database"]
        binaries, data = find_binaries(), self.folder / "database"
        data.mkdir()
        shutil.chown(data, "postgres", "postgres")
        self.folder.chmod(0o755)
        password = self.folder / "password"
        shutil.copy(self.folder / "secrets" / "database-owner-password", password)
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        options = shlex.split(service["environment"]["POSTGRES_INITDB_ARGS"])
        initdb = [binaries["initdb"], "-D", data, "-U", "iot_hub", f"--pwfile={password}", *options]
        subprocess.run([*as_postgres, *initdb], check=True, capture_output=True, cwd="/")
        line = [binaries["postgres"], "-D", str(data), f"-k{data}", *service["command"][1:]]
        with self._started("database", [*as_postgres, *line], signal.SIGINT):
            ready = [binaries["pg_isready"], *service["healthcheck"]["test"][2:]]
            wait_until(lambda: subprocess.run(ready).returncode == 0)
            create = [binaries["createdb"], "--host=127.0.0.1", "--username=iot_hub", "iot_hub"]
            subprocess.run(create, check=True, env={**os.environ, "PGPASSWORD": password.read_text()})
            yield

    @contextlib.contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Run a service around a block."""
        service = self.compose["services"][name]
        with self._started(name, self._line(name, *service["command"]), signal.SIGTERM):
            yield

    def run(self, name: str) -> None:
        """Run a service that ends."""
        subprocess.run(self._line(name, *self.compose["services"][name]["command"]), check=True, capture_output=True)

    def execute(self, name: str, *words: str) -> str:
        """Run a command of the hub in a service's container; give what it prints."""
        return subprocess.run(self._line(name, *words), check=True, capture_output=True, text=True).stdout

    def is_healthy(self, name: str) -> bool:
        """Run a service's health check."""
        if self.processes[name].poll() is not None:
            raise RuntimeError(f"{name} ended: {(self.folder / f'{name}.log').read_text()[-2000:]}")
        kind, *words = self.compose["services"][name]["healthcheck"]["test"]
        check = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        return subprocess.run(self._enter(name, check), capture_output=True).returncode == 0

    def _line(self, name: str, *words: str) -> list[str]:
        return self._enter(name, [*self.image.entrypoint, *words])

    def _enter(self, name: str, words: list[str]) -> list[str]:
        service = self.compose["services"][name]
        options = ["--user", self.image.user, *(["--read-only"] if service.get("read_only") else [])]
        for volume in service.get("volumes", []):
            source, inside = volume.split(":")[:2]
            if not source.startswith("."):
                options += ["--volume", f"{self._volume(name, source)}={inside}"]
        options += ["--volume", f"{self._secrets(name)}=/run/secrets"]
        variables = [f"{key}={value}" for key, value in service["environment"].items()]
        inside = self.image.command("env", *variables, *words)
        return [str(DEBIAN_ROOT), "enter", str(self.image.root), *options, "--", *inside]

    def _volume(self, name: str, volume: str) -> Path:
        # A new volume is a copy of what the image has there, owner and all.
        path = self.folder / f"volume-{volume}"
        if not path.exists():
            subprocess.run(["cp", "-a", self.image.root / "var/lib/iot-hub", path], check=True)
        return path

    def _secrets(self, name: str) -> Path:
        path = self.folder / f"secrets-of-{name}"
        path.mkdir(exist_ok=True)
        for secret in self.compose["services"][name].get("secrets", []):
            source, target = (secret["source"], secret["target"]) if isinstance(secret, dict) else (secret, secret)
            shutil.copy(self.folder / "secrets" / source, path / target)
        return path

    @contextlib.contextmanager
    def _started(self, name: str, line: list[str], stop: signal.Signals) -> Iterator[None]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = self.processes[name] = subprocess.Popen(line, stdout=log, stderr=log, cwd="/")
        try:
            yield
        finally:
            process.send_signal(stop if name == "database" else signal.SIGKILL)
            process.wait()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what a service brings about. Raises TimeoutError."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came of it within {START_SECONDS} s")
        time.sleep(0.1)
