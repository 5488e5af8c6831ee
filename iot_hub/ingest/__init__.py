"""What arrives becomes safe: authenticated, stored or spooled, quarantined where it can't be read."""
