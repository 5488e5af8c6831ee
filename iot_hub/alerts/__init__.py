"""What the owner is notified of: rules, channels, delivery."""
