"""The HTTP application: health, metrics, and the query API."""
