"""The owner's password and the sessions that it opens."""
