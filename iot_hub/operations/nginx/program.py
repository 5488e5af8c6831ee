"""nginx as a program: where it is, where it keeps its files, and how it is run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from iot_hub.errors import UserError
from iot_hub.files.private_files import make_folder, write_private
from iot_hub.operations.nginx.configuration import Behind, configuration, folder
from iot_hub.settings import Settings


def program() -> str:
    """Find nginx, or say what to install."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise UserError("nginx is not installed. Run 'make up', or: sudo apt-get install nginx-light")
    return found


def files() -> list[Path]:
    """Return nginx's program as a file: a new version of it calls for a restart."""
    return [Path(program())]


def acme_folder(settings: Settings) -> Path:
    """Say where an ACME client puts its answers: below it, in ``.well-known/acme-challenge``."""
    return folder(settings) / "acme"


def write(settings: Settings, behind: Behind) -> Path:
    """Write the configuration and the folders that it names; give its path.

    Raises UserError where nginx would refuse it; the last one stays then.
    """
    own = settings.home / "nginx"
    make_folder(own)
    # nginx's workers may be another user's processes, and an ACME client's answers are for everyone.
    for needed in (folder(settings), acme_folder(settings)):
        make_folder(needed, 0o755)
    path = own / "nginx.conf"
    written = path.with_suffix(".new")
    # It holds the secret by which the API knows its own nginx.
    write_private(written, configuration(settings, behind).encode())
    _check(written)
    written.rename(path)
    return path


def command(configuration_file: Path) -> list[str]:
    """Give the command line that runs nginx in the foreground."""
    return [program(), "-e", "stderr", "-c", str(configuration_file), "-g", "daemon off;"]


def _check(configuration_file: Path) -> None:
    tried = subprocess.run(
        [program(), "-e", "stderr", "-t", "-q", "-c", str(configuration_file)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if tried.returncode:
        lines = [line for line in tried.stderr.splitlines() if "[emerg]" in line] or tried.stderr.splitlines()[-1:]
        raise UserError(f"nginx refuses its configuration: {lines[0] if lines else 'it does not say why'}")
