"""People who travel: years of ways to work, excursions, and holidays by train, ship and plane."""
