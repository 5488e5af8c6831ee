"""Breaks a running hub on purpose, and counts whether a promise was broken: ``python -m chaos``.

Clients send numbered events and remember what was acknowledged; faults are injected from a seed;
after each round what was promised is compared with what is stored.
"""
