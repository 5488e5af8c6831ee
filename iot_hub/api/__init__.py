"""The ASGI application: receivers, login, health, metrics, and the query API."""
