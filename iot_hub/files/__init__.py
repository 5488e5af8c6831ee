"""Files that only their owner may read: secrets, locks, logs."""
