"""The world as the hub knows it offline: a base map, and the names of countries and cities."""
