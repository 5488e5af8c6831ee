"""The owner's address book of places, and what stays are called by it."""
