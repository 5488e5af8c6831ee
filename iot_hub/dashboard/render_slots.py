"""How many pages are rendered at once: the others wait for a second or two.

A page takes ten times the memory while it is rendered, and rendering more pages than there are processors makes
none of them faster. Without the limit 40 browsers that come together take 570 MB, with it 230.
"""

from __future__ import annotations

import threading

MAX_RENDERED_AT_ONCE = 3

render_slot = threading.BoundedSemaphore(MAX_RENDERED_AT_ONCE)
"""Held while a page is rendered, by ``with``."""
