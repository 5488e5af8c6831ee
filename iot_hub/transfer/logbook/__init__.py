"""A car's logbook for the tax office: a line a drive, business or private, as CSV or PDF.

``logbook.py`` makes a ``Logbook`` of rows; ``csv_file.py`` and ``pdf_file.py`` write it. Nothing here reads the
database.
"""
