"""What a car's owner writes down: fuel, prices, what is due."""
