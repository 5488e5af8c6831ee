"""The map page: its frame, and the files that it loads. What it shows, it asks of the query API."""
