"""Installs and removes a service's files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable

from iot_hub.errors import UserError
from iot_hub.files.private_files import write_private
from iot_hub.operations.service.files import File

Confirm = Callable[[str], bool]
Report = Callable[[str], None]


def install(files: Iterable[File], confirm: Confirm, report: Report) -> None:
    """Write the files that are missing or differ; ask before overwriting a changed one."""
    for file in files:
        there = file.path.read_text(encoding="utf-8") if file.path.exists() else None
        if there == file.text or (file.is_editable and there is not None):
            report(f"{file.path} unchanged")
        elif there is None or confirm(f"{file.path} exists and differs. Overwrite it?"):
            _write(file)
            report(f"{file.path} written")


def remove(files: Iterable[File], report: Report) -> None:
    """Remove the files of an installation, except those that the owner may have edited."""
    for file in files:
        if file.is_editable:
            report(f"{file.path} kept: you may have edited it")
        elif file.path.exists():
            file.path.unlink()
            report(f"{file.path} removed")


def systemd_runs() -> bool:
    """Return whether systemd is this machine's service manager (sd_booted(3))."""
    return os.path.isdir("/run/systemd/system")


def run(*command: str) -> None:
    """Run a program of systemd. Raises UserError with its last line of output if it fails."""
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
        raise UserError(f"{file.path} can't be written: {error.strerror}. Run this as root, or with --user.") from error
