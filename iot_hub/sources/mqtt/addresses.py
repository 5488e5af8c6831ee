"""Hardware addresses, written one way: what protocols write with colons, with dashes or without anything between."""

from __future__ import annotations

import re

_HEX = re.compile(r"[0-9a-fA-F]{12}")


def mac_of(text: object) -> str | None:
    """Return a MAC address as ``AA:BB:CC:DD:EE:FF``; None for what is none."""
    if not isinstance(text, str):
        return None
    digits = text.strip().replace(":", "").replace("-", "").replace(".", "")
    return ":".join(re.findall("..", digits.upper())) if _HEX.fullmatch(digits) else None
