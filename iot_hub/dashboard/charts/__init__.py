"""Charts over time: which there are, and how each is built."""
