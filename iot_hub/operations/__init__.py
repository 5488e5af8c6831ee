"""Runs the hub: supervisor, private PostgreSQL, nginx, systemd service, doctor, demo."""
