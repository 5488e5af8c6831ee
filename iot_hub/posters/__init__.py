"""A trip or a year as a sheet for the wall: one vector drawing, as PDF or as PNG.

``content.py`` makes a ``Poster`` of rows, ``drawing.py`` draws it as PDF, ``raster.py`` turns that into pixels, and
``drawn_apart.py`` does both in a process of its own. Nothing here reads the database.
"""
