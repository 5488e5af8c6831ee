"""What the hub's pages may load and do: their Content-Security-Policy.

An answer that is nothing but data may do nothing. A page has the exceptions that its parts need,
measured in a browser; ``docs/https.md`` has the reasons.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

DATA = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_DOCUMENTATION = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DASHBOARD = (
    "default-src 'none'; script-src 'self' {scripts} 'wasm-unsafe-eval'{own_parts}; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:{tiles}; font-src 'self' data:; connect-src 'self'{tiles}; worker-src 'self' blob:;"
    " manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


def documentation(page: str) -> str:
    """Give the policy of the API's documentation, that page: the scripts inside it and no other."""
    return _DOCUMENTATION.format(scripts=_hashes(page))


def public_dashboard(map_tiles: str | None) -> str:
    """Give the public dashboard's policy; the map's tiles may come from where the setting says."""
    return _DASHBOARD.format(scripts=_streamlits_hashes(), own_parts="", tiles=_tiles(map_tiles))


def dashboard(map_tiles: str | None) -> str:
    """Give the owner's. Streamlit brings the area editor, a part of the hub's own, into the page as a blob."""
    return _DASHBOARD.format(scripts=_streamlits_hashes(), own_parts=" blob:", tiles=_tiles(map_tiles))


def _tiles(address: str | None) -> str:
    """Name where tiles come from. A choice within the host's name, such as {s}, stands for any name there."""
    if not address:
        return ""
    parts = urlsplit(address)
    return f" {parts.scheme}://{re.sub(r'^[^.]*{[^}]*}[^.]*', '*', parts.netloc)}"


def _hashes(page: str) -> str:
    inside = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inside)


@cache
def _streamlits_hashes() -> str:
    found = importlib.util.find_spec("streamlit")
    # nginx may run where there is no dashboard.
    if found is None or found.origin is None:
        return ""
    return _hashes((Path(found.origin).parent / "static" / "index.html").read_text(encoding="utf-8"))
