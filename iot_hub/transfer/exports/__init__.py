"""Exports: a device's events as a file that other programs read.

``reading`` takes rows from the database, a module a format makes bytes of them, ``formats`` lists the
formats, ``export`` does it all, and ``destination`` has the file appear whole or not at all.
"""
