"""Builds the image and runs compose.yaml's base set without a container engine, on a network of its own.

The Dockerfile's steps are performed in a Debian made by ``debian-root``. The base set is started as compose.yaml
says: its commands, settings, secrets, volumes, addresses and health checks, as an ordinary user on a root that
can't be written. The database is this machine's PostgreSQL: the PostGIS image can't be had without an engine.
Stores an event through nginx, and prints times and memory. Needs root and debootstrap.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from base_set import try_base_set
from dockerfile import DEBIAN_ROOT, Builder, Image

PROJECT = Path(__file__).parent.parent.parent


def main() -> None:
    """Build, run, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, help="copy this Debian, made by debian-root, instead of making one")
    parser.add_argument("--keep", action="store_true", help="leave the folder where it is")
    parser.add_argument("--bind", action="append", default=[], help="show this folder while building")
    parser.add_argument("--seconds", type=int, default=60, help="how long to rest, and to send, before measuring")
    options = parser.parse_args()
    with scratch(keep=options.keep) as folder:
        began = time.monotonic()
        image = built(options.base, folder, [word for path in options.bind for word in ("--bind", path)])
        print(f"image built after {time.monotonic() - began:.0f} s; its hub has {size(image.root)} MB", flush=True)
        try_base_set(PROJECT, image, folder, options.seconds)


def built(base: Path | None, folder: Path, enter_options: list[str]) -> Image:
    """Perform the Dockerfile in the folder."""
    python = folder / "python"
    subprocess.run([DEBIAN_ROOT, *(["copy", base] if base else ["make"]), python], check=True)
    # What the image python:…-slim is: this Debian with a Python of that name that can make environments.
    prepared = "apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && ln -s python3 /usr/bin/python"
    subprocess.run([DEBIAN_ROOT, "enter", python, *enter_options, "--", "sh", "-c", prepared], check=True)
    builder = Builder(python, folder, PROJECT, enter_options)
    return builder.build((PROJECT / "Dockerfile").read_text(encoding="utf-8"))


def size(root: Path) -> int:
    """Return how many megabytes the hub's environment takes."""
    size = subprocess.run(["du", "-sm", root / "opt" / "iot-hub"], capture_output=True, text=True, check=True).stdout
    return int(size.split()[0])


@contextlib.contextmanager
def scratch(*, keep: bool) -> Iterator[Path]:
    """Yield a folder on a disk; empty it afterwards, each Debian by who made it."""
    folder = Path(tempfile.mkdtemp(prefix="try-image-", dir="/var/tmp"))
    try:
        yield folder
    finally:
        if keep:
            print(f"Everything is in {folder}.")
        else:
            for root in folder.glob("*/.debian-root"):
                subprocess.run([DEBIAN_ROOT, "remove", root.parent], check=True)
            subprocess.run(["rm", "-rf", "--one-file-system", folder], check=True)


if __name__ == "__main__":
    main()
