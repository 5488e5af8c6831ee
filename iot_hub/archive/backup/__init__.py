"""Backups: a consistent dump of the whole database in the object storage, and the way back.

``making`` writes one, ``verifying`` proves that it can be restored, ``restoring`` does so.
"""
