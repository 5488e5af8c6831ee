"""Small pictures of photos: upright, without what the file says of itself, kept in a folder of bounded size."""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from pathlib import Path
from typing import IO, Literal

from PIL import Image, ImageOps

from iot_hub.files.private_files import write_private
from iot_hub.photos.folder import open_inside
from iot_hub.photos.photo import BROKEN, FORMATS

Size = Literal["small", "large"]

PIXELS: dict[Size, int] = {"small": 320, "large": 1600}
"""The longer side at most."""
MOST_JPEG_PIXELS = 100_000_000
MOST_PIXELS = 16_000_000
"""Beyond these a picture would take too much memory. A JPEG is made smaller while it is decoded, row by row."""
KEPT_BYTES = 200_000_000

# One at a time: each may take some 70 MB.
_making = threading.Lock()


def thumbnail(cache: Path, folder: Path, path: str, photo: int, modified_ns: int, size: Size) -> bytes | None:
    """Return the small picture of a photo, from the cache if it is there; None if it can't be made."""
    kept = cache / f"{photo}-{modified_ns}-{size}.jpg"
    with contextlib.suppress(OSError):
        return kept.read_bytes()
    with _making:
        try:
            with open_inside(folder, path) as file:
                made = draw(file, PIXELS[size])
        except BROKEN:
            return None
        # A full disk keeps nobody from looking at the picture.
        with contextlib.suppress(OSError):
            cache.mkdir(mode=0o700, exist_ok=True)
            write_private(kept, made)
            trim(cache, KEPT_BYTES)
    return made


def draw(file: IO[bytes], longest: int) -> bytes:
    """Draw a photo smaller, as a JPEG of its pixels alone. Raises one of BROKEN."""
    with warnings.catch_warnings(action="ignore"), Image.open(file, formats=FORMATS) as image:
        is_by_rows = image.format == "JPEG" and not image.info.get("progressive")
        if image.width * image.height > (MOST_JPEG_PIXELS if is_by_rows else MOST_PIXELS):
            raise ValueError("too many pixels")
        image.draft("RGB", (longest, longest))
        small = image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGB")
        small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        small = ImageOps.exif_transpose(small).convert("RGB")
    # A new image: whatever else the file had does not come along.
    bare = Image.frombytes("RGB", small.size, small.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def trim(cache: Path, most: int) -> None:
    """Delete the oldest pictures beyond a size. Raises OSError."""
    pictures = sorted(((file.stat(), file) for file in cache.glob("*.jpg")), key=lambda one: one[0].st_mtime)
    total = sum(found.st_size for found, _ in pictures)
    for found, file in pictures:
        if total <= most:
            break
        file.unlink(missing_ok=True)
        total -= found.st_size
