"""The owner's photos: when and where they were taken, read from the files of a folder."""
