"""A PDF's first page as PNG."""

from __future__ import annotations

import io

import pypdfium2
from PIL import Image

DOTS_PER_INCH = 200
"""Sharp from an arm's length; A2 takes 46 MB while it is drawn."""


def png_of(pdf: bytes) -> bytes:
    """Return the picture; what is between pixels is smoothed."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        bitmap = document[0].render(scale=DOTS_PER_INCH / 72, may_draw_forms=False, no_smoothtext=False)
        picture: Image.Image = bitmap.to_pil()
    finally:
        document.close()
    written = io.BytesIO()
    picture.save(written, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=4)
    return written.getvalue()
