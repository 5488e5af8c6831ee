"""The files that the dashboard's pages load, compressed once so that nginx only has to send them.

They are Streamlit's own scripts, styles and fonts, and the hub's. Where there is no dashboard beside nginx, as in a
container of its own, there are none, and Streamlit is asked for each.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from iot_hub.files.private_files import make_folder, open_lock

_OWN = Path(str(files("iot_hub.dashboard"))) / "apps" / "static"
COMPRESSED = {".js", ".css", ".json", ".svg", ".wasm", ".ttf"}
"""Suffixes of files that are smaller when compressed; fonts (WOFF2) and pictures are already."""
_IMPORT = re.compile(r'(?:from|import)"\./([^"]+\.js)"')
_PRELOADED = ("ArrowVegaLiteChart", "loadVegaEmbed", "embed", "vega-interpreter", "ComponentInstance")
"""Names of the scripts that draw charts, and have the map in the page."""
_MOST_PRELOADED = 48
"""nginx takes no value of more than 4,096 bytes."""


def folder(of_nginx: Path) -> Path:
    """Return the folder from which nginx sends the files."""
    return of_nginx / "page-files"


def write(of_nginx: Path) -> None:
    """Bring the folder up to date: a file that is there in the same version is left, one that is gone is removed.

    Raises OSError.
    """
    target = folder(of_nginx)
    make_folder(target, 0o755)
    lock_file = target / "lock"
    # Hubs of one machine that root started share nginx's folder.
    with open_lock(lock_file) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        expected = {lock_file}
        for source, name in _sources():
            path = target / (f"{name}.gz" if source.suffix in COMPRESSED else name)
            expected.add(path)
            if not _is_current(path, source):
                _write(source, path)
        for path in [path for path in target.rglob("*") if path.is_file() and path not in expected]:
            path.unlink()


def preload(base: str) -> str:
    """Return the header Link that has a browser load early what draws charts; empty without Streamlit."""
    for page in _streamlit():
        in_page = (page / "index.html").read_text(encoding="utf-8")
        scripts = page / "static" / "js"
        names = [path.name for stem in _PRELOADED for path in sorted(scripts.glob(f"{stem}.*.js"))]
        for name in names:
            # What they import, in turn.
            imported = _IMPORT.findall((scripts / name).read_text(encoding="utf-8"))
            names += [each for each in dict.fromkeys(imported) if each not in names and each not in in_page]
        icons = [path.name for path in sorted((page / "static" / "media").glob("MaterialSymbols*.woff2"))]
        return ", ".join(
            [
                *(f"<{base}static/media/{name}>; rel=preload; as=font; crossorigin" for name in icons),
                *(f"<{base}static/js/{name}>; rel=modulepreload" for name in names[:_MOST_PRELOADED]),
            ]
        )
    return ""


def style_sheet(base: str) -> str:
    """Return the address of the pages' own style, which changes with its content.

    nginx writes it into the page: brought by Streamlit, it would come after the first things were drawn and move them.
    """
    version = hashlib.sha256((_OWN / "style.css").read_bytes()).hexdigest()[:12]
    return f"{base}app/static/style.css?v={version}"


def _sources() -> Iterator[tuple[Path, str]]:
    """Yield each file, with its name below the root of the site."""
    for package in _streamlit():
        for path in sorted(package.joinpath("static").rglob("*")):
            if path.is_file():
                yield path, f"static/{path.relative_to(package / 'static')}"
    for path in sorted(_OWN.iterdir()):
        yield path, f"app/static/{path.name}"


def _streamlit() -> Iterator[Path]:
    """Yield the folder of Streamlit's page; nothing where it is not installed."""
    found = importlib.util.find_spec("streamlit")
    if found and found.origin:
        yield Path(found.origin).parent / "static"


def _is_current(path: Path, source: Path) -> bool:
    return path.exists() and path.stat().st_mtime_ns == source.stat().st_mtime_ns


def _write(source: Path, path: Path) -> None:
    # nginx's workers may run as another user.
    make_folder(path.parent, 0o755)
    draft = path.with_name(f"{path.name}.new")
    if source.suffix in COMPRESSED:
        draft.write_bytes(gzip.compress(source.read_bytes(), 9, mtime=0))
    else:
        shutil.copyfile(source, draft)
    draft.chmod(0o644)
    # The time tells which version it is; nginx makes the ETag of it.
    os.utime(draft, ns=(source.stat().st_atime_ns, source.stat().st_mtime_ns))
    draft.rename(path)
