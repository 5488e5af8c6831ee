"""nginx as a program: where it is, its files, and its command line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from iot_hub.errors import UserError
from iot_hub.files.private_files import make_folder, write_private
from iot_hub.operations.nginx import page_files
from iot_hub.operations.nginx.configuration import Upstreams, configuration, folder
from iot_hub.settings import Settings


def program() -> str:
    """Return the path of nginx. Raises UserError with what to install."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise UserError("nginx is not installed. Run 'make up', or: sudo apt-get install nginx-light")
    return found


def files() -> list[Path]:
    """Return the files whose replacement requires a restart of nginx."""
    return [Path(program())]


def acme_folder(settings: Settings) -> Path:
    """Return the folder in which ``.well-known/acme-challenge`` holds the responses of an ACME client."""
    return folder(settings) / "acme"


def write(settings: Settings, upstreams: Upstreams) -> Path:
    """Write the configuration, create its folders, and return its path.

    Raises UserError if nginx rejects it; the previous one then stays.
    """
    own = settings.home / "nginx"
    make_folder(own)
    # nginx's workers may run as another user, and the responses of an ACME client are public.
    for needed in (folder(settings), acme_folder(settings)):
        make_folder(needed, 0o755)
    path = own / "nginx.conf"
    draft = path.with_suffix(".new")
    # It contains the secret by which the API recognises its own nginx.
    write_private(draft, configuration(settings, upstreams).encode())
    _check(draft)
    draft.rename(path)
    return path


def write_page_files(settings: Settings) -> str | None:
    """Compress the files of the dashboard's pages for nginx, where they changed. Return a warning if that failed.

    Without them pages load more slowly, and nothing else.
    """
    try:
        page_files.write(folder(settings))
    except OSError as error:
        return f"The files of the pages can't be compressed beforehand: {error.strerror}."
    return None


def command(configuration_file: Path) -> list[str]:
    """Return the command line that runs nginx in the foreground."""
    return [program(), "-e", "stderr", "-c", str(configuration_file), "-g", "daemon off;"]


def _check(configuration_file: Path) -> None:
    tried = subprocess.run(
        [program(), "-e", "stderr", "-t", "-q", "-c", str(configuration_file)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if tried.returncode:
        lines = [line for line in tried.stderr.splitlines() if "[emerg]" in line] or tried.stderr.splitlines()[-1:]
        raise UserError(f"nginx rejects its configuration: {lines[0] if lines else 'no reason given'}")
