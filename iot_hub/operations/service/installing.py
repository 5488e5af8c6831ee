"""Puts a service's files in place, and takes them away."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable

from iot_hub.errors import UserError
from iot_hub.files.private_files import write_private
from iot_hub.operations.service.files import File

Ask = Callable[[str], bool]
Say = Callable[[str], None]


def install(files: Iterable[File], ask: Ask, say: Say) -> None:
    """Write the files that are missing or differ; ask before one that somebody changed is lost."""
    for file in files:
        there = file.path.read_text(encoding="utf-8") if file.path.exists() else None
        if there == file.text or (file.is_owners and there is not None):
            say(f"{file.path} stays as it is")
        elif there is None or ask(f"{file.path} is there and differs. Overwrite it?"):
            _write(file)
            say(f"{file.path} written")


def remove(files: Iterable[File], say: Say) -> None:
    """Take away what an installation wrote; what is the owner's stays."""
    for file in files:
        if file.is_owners:
            say(f"{file.path} stays: it is yours")
        elif file.path.exists():
            file.path.unlink()
            say(f"{file.path} removed")


def systemd_runs() -> bool:
    """Tell whether systemd is this machine's service manager (sd_booted(3))."""
    return os.path.isdir("/run/systemd/system")


def run(*command: str) -> None:
    """Run a program of systemd. Raises UserError with its last line where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise UserError(f"{command[0]} is not installed: this machine has no systemd.") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise UserError(f"'{' '.join(command)}' failed: {lines[-1]}")


def _write(file: File) -> None:
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        write_private(file.path, file.text.encode(), mode=file.mode)
    except OSError as error:
        raise UserError(f"{file.path} can't be written: {error.strerror}. Run it as root, or with --user.") from error
