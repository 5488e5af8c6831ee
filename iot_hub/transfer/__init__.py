"""Files of other systems in, files for other systems out."""
