"""The map of where a device was, and what lies beneath it."""
