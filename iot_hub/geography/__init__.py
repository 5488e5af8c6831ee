"""The bundled world: a base map, and the names of countries and cities."""
