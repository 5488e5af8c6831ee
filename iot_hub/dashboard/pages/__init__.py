"""What each address of the dashboard shows."""
