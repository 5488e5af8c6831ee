"""Texts that others wrote, on their way into Markdown."""

from __future__ import annotations


def escape_markdown(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|~:$<>" else sign for sign in text)
