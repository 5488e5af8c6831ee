"""Texts that others wrote, on their way into Markdown."""

from __future__ import annotations


def plain(text: str) -> str:
    """Write a text so that Markdown leaves it alone."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|~:$<>" else sign for sign in text)
