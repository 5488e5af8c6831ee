"""Work in the background: stale hours, roll-ups, nightly jobs."""
