"""The hub as a systemd service: its files, and their installation and removal."""
