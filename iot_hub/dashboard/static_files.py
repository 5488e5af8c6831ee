"""Files that a page loads from its own origin and keeps, rather than with each of its messages."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent / "apps" / "static"
"""Streamlit serves the folder of this name beside its script."""
WORLD_LAND = "world-land.json"
REFRESH = "refresh.js"


def address_of(name: str) -> str:
    """Return the path of a file, which changes with its content, so that a browser may keep it for ever."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"{f'/{base}' if base else ''}/app/static/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
