"""The Content-Security-Policy of the hub's pages.

A response that is only data may do nothing. A page has the exceptions that its parts need, measured in a
browser; ``docs/https.md`` has the reasons.
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

_MAP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{tiles}; connect-src 'self'{tiles};"
    " worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)

_DOCUMENTATION = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DASHBOARD = (
    "default-src 'none'; script-src 'self' {scripts} 'wasm-unsafe-eval'{own_parts}; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:{tiles}; font-src 'self' data:; connect-src 'self'{tiles}; worker-src 'self' blob:;"
    " frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


def plain_page(style: str) -> str:
    """Return the policy of a page without scripts, which allows only the style sheet within it."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def documentation(page: str) -> str:
    """Return the policy of the API documentation, which allows only the scripts inline in that page."""
    return _DOCUMENTATION.format(scripts=_hashes(page))


def map_page(map_tiles: str | None) -> str:
    """Return the policy of the map page; tiles may come from the server in the settings."""
    return _MAP.format(tiles=_tiles(map_tiles), ancestors="'none'")


def map_frame(map_tiles: str | None) -> str:
    """Return the policy of the map in the dashboard's pages: the same, but they may frame it."""
    return _MAP.format(tiles=_tiles(map_tiles), ancestors="'self'")


def public_dashboard(map_tiles: str | None) -> str:
    """Return the policy of the public dashboard; map tiles may come from the server in the settings."""
    return _DASHBOARD.format(scripts=_streamlits_hashes(), own_parts="", tiles=_tiles(map_tiles))


def dashboard(map_tiles: str | None) -> str:
    """Return the policy of the owner's dashboard. Streamlit loads the hub's area editor into it as a blob."""
    return _DASHBOARD.format(scripts=_streamlits_hashes(), own_parts=" blob:", tiles=_tiles(map_tiles))


def _tiles(address: str | None) -> str:
    """Return the source of the tiles. A placeholder in the host name, such as {s}, becomes a wildcard."""
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
