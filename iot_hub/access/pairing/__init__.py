"""Pairing: what to enter in which app, so that a device reports to this hub; and how one sees that it does."""
