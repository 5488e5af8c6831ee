"""A hub installed from a wheel, in a virtual environment that holds it and what it says it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement
from paths import ROOT

RELEASES = ROOT / "tests" / "releases"


@dataclass(frozen=True)
class Installation:
    """A virtual environment with a hub in it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def program(self) -> Path:
        return self.folder / "bin" / "iot-hub"

    def install(self, wheel: Path, *extras: str) -> None:
        """Install a hub, in place of the one that is there, and what it and its extras need.

        The dependencies are those of the tests' own environment, which are locked: links lead to them.
        """
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "--disable-pip-version-check"]
        run(*pip, "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall", str(wheel))
        self._link_needed(wheel, *extras)

    def unpack(self, wheel: Path, *extras: str) -> None:
        """Install a hub as pip does, without pip: its start takes longer than all the rest."""
        [packages] = self.folder.glob("lib/python*/site-packages")
        shutil.rmtree(packages / "iot_hub", ignore_errors=True)
        for old in packages.glob("iot_personal_hub-*.dist-info"):
            shutil.rmtree(old)
        with ZipFile(wheel) as archive:
            archive.extractall(packages)
            [name] = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
            scripts = ConfigParser()
            scripts.read_string(archive.read(name).decode())
        module, function = scripts["console_scripts"]["iot-hub"].split(":")
        self.program.write_text(
            f"#!{self.python}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
        )
        self.program.chmod(0o755)
        self._link_needed(wheel, *extras)

    def _link_needed(self, wheel: Path, *extras: str) -> None:
        [packages] = self.folder.glob("lib/python*/site-packages")
        for needed in needed_by(wheel, *extras):
            for name in {path.parts[0] for path in needed.files or () if path.parts[0] != ".."}:
                link = packages / name
                if not link.exists() and name != "__pycache__":
                    link.symlink_to(Path(str(needed.locate_file(name))))

    def hub(self, *arguments: str, environment: dict[str, str], folder: Path) -> str:
        """Run ``iot-hub`` from a folder; give what it prints."""
        return run(str(self.program), *arguments, environment=environment, folder=folder)


def new_environment(folder: Path) -> Installation:
    """Make a virtual environment with nothing in it."""
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    return Installation(folder)


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the code that is here."""
    run(str(ROOT / "scripts" / "build-wheel"), str(folder))
    [wheel] = folder.glob("*.whl")
    return wheel


def run(*command: str, environment: dict[str, str] | None = None, folder: Path = Path("/")) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    return done.stdout


def clean_variables(home: Path, port: int, **settings: str) -> dict[str, str]:
    """Give the environment of a hub that finds no source tree and no other hub's settings."""
    kept = {"PATH", "LANG", "TMPDIR", "HOME", "TZ"}
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "IOT_HUB_HOME": str(home),
        "IOT_HUB_PORT": str(port),
        "IOT_HUB_TIME_ZONE": "Europe/Warsaw",
        # A broker's port is the machine's.
        "IOT_HUB_MQTT_PORT": "0",
        **settings,
    }


def needed_by(wheel: Path, *extras: str) -> list[Distribution]:
    """List the distributions that a wheel needs, and those that they need."""
    field = "Requires-Dist: "
    wanted = [line.removeprefix(field) for line in metadata(wheel).splitlines() if line.startswith(field)]
    found: dict[str, Distribution] = {}
    waiting = [(line, extras) for line in wanted]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while waiting:
        line, given = waiting.pop()
        requirement = Requirement(line)
        chosen = tuple(sorted(requirement.extras))
        if not _applies(requirement, given) or (requirement.name, chosen) in seen:
            continue
        seen.add((requirement.name, chosen))
        found[requirement.name] = distribution(requirement.name)
        waiting += [(further, chosen) for further in found[requirement.name].requires or ()]
    return list(found.values())


def _applies(requirement: Requirement, extras: tuple[str, ...]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def metadata(wheel: Path) -> str:
    """Give what a wheel says of itself."""
    with ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return archive.read(name).decode()


def package_files(wheel: Path) -> Iterator[str]:
    """Name the files of the package in a wheel."""
    with ZipFile(wheel) as archive:
        yield from (name for name in archive.namelist() if name.startswith("iot_hub/"))
