"""A year in review: a page to read, print and keep."""
