"""Starts and watches the hub's processes: PostgreSQL, nginx, services, doctor, demo."""
