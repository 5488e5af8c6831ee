"""Private areas, share links, and what is open to whom."""
