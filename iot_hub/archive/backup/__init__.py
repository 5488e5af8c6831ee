"""Backups: consistent dumps of the whole database in the object storage.

``create`` makes one, ``verify`` proves that it can be restored, ``restore`` does so.
"""
