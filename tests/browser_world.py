"""What tests in a real browser share: when a page is whole, so that it may be clicked."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

SLOW_MS = 60_000
"""A busy machine takes its time; who need not wait does not."""


def settle(page: Page) -> None:
    """Wait until Streamlit has shown the page whole.

    Until then parts of the one before stand beside it, and an element may be exchanged under a click.
    """
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible(timeout=SLOW_MS)
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=SLOW_MS)


def press(what: Locator) -> None:
    """Click a part of a Streamlit page, once it is there and the page whole."""
    expect(what).to_be_visible(timeout=SLOW_MS)
    settle(what.page)
    what.click(timeout=SLOW_MS)
