"""Authenticates what arrives and stores it, in the database or in the spool."""
