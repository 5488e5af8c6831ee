"""Imports: years of history from other systems, a file at a time, of any size.

A format is a pure reader: a file's bytes in, events out, in bounded memory. The rest of an import is
the same for all: batches go the way of any other event, and every record of the file is accounted for.
To add one: a module with a ``read`` function, its fixtures and tests, its line in ``FORMATS``
(``formats.py``), how to know it (``recognition.py``), and its section in ``docs/import.md``.
"""
