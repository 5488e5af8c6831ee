"""Receives readings over HTTP."""
