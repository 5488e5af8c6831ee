"""How many pages are built at once: the others wait, for a second or two.

A page that is built takes ten times the memory that it needs later, and more at once than there are
processors makes none of them quicker. Without this 40 browsers that come together take 570 MB, with it 230.
"""

from __future__ import annotations

import threading

MOST_AT_ONCE = 3

turn = threading.BoundedSemaphore(MOST_AT_ONCE)
"""Held while a page is built; to be used by ``with``."""
