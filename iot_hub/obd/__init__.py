"""What a car's computer says by OBD-II. The agent reads with it too, so it needs nothing but Python."""
