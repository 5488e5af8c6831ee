"""Performs a Dockerfile without a container engine: each stage is a Debian in a folder of its own.

Reads what this project's Dockerfile uses: FROM, RUN, COPY, ENV, USER, WORKDIR, ENTRYPOINT, CMD. The base image
is stood in for by a Debian of the same release whose own Python is called ``python``.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

DEBIAN_ROOT = Path(__file__).parent.parent / "debian-root"


@dataclass
class Image:
    """A stage as it stands after its last instruction."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "root"
    folder: str = "/"
    entrypoint: list[str] = field(default_factory=list)

    def command(self, *words: str) -> list[str]:
        """Return the command line that runs something in the image's folder, with its environment."""
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return ["env", f"--chdir={self.folder}", *variables, *words]


def instructions(text: str) -> list[tuple[str, str]]:
    """Split a Dockerfile into its instructions, comments left out and continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined)]


class Builder:
    """Builds the stages of a Dockerfile, one after the other."""

    def __init__(self, base: Path, into: Path, context: Path, enter_options: list[str]) -> None:
        """Keep the Debian that stands for the base image, where stages are put, and what COPY copies from."""
        self._base = base
        self._into = into
        self._context = context
        self._enter_options = enter_options
        self._stages: dict[str, Image] = {}

    def build(self, text: str) -> Image:
        """Perform all instructions; give the last stage."""
        for name, rest in instructions(text):
            print(f"  {name} {rest[:100]}", flush=True)
            getattr(self, f"_{name.lower()}")(rest)
        return self._now

    @property
    def _now(self) -> Image:
        return list(self._stages.values())[-1]

    def _from(self, rest: str) -> None:
        name = rest.partition(" AS ")[2] or str(len(self._stages))
        root = self._into / name
        subprocess.run([DEBIAN_ROOT, "copy", self._base, root], check=True)
        self._stages[name] = Image(root)

    def _run(self, rest: str) -> None:
        inside = self._now.command("sh", "-c", rest)
        options = [*self._enter_options, "--user", self._now.user]
        subprocess.run([DEBIAN_ROOT, "enter", self._now.root, *options, "--", *inside], check=True)

    def _copy(self, rest: str) -> None:
        *sources, target = shlex.split(rest)
        origin = self._context
        if sources[0].startswith("--from="):
            origin = self._stages[sources.pop(0).removeprefix("--from=")].root
        place = self._now.root / Path(self._now.folder, target).relative_to("/")
        for source in sources:
            path = origin / source.lstrip("/")
            into = place / path.name if target.endswith("/") else place
            _copy(path, into)

    def _env(self, rest: str) -> None:
        self._now.environment |= dict(word.split("=", 1) for word in shlex.split(rest))

    def _user(self, rest: str) -> None:
        self._now.user = rest

    def _workdir(self, rest: str) -> None:
        self._now.folder = rest
        (self._now.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _entrypoint(self, rest: str) -> None:
        self._now.entrypoint = json.loads(rest)

    def _cmd(self, rest: str) -> None:
        """Leave it: the compose file gives every container its command."""


def _copy(path: Path, into: Path) -> None:
    # Links stay links: a virtual environment is full of them.
    if path.is_dir():
        shutil.copytree(path, into, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        into = into / path.name if into.is_dir() else into
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, into)
