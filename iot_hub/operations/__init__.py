"""The hub's processes: PostgreSQL, nginx, service, doctor, demo."""
