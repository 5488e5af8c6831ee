"""Reads the sensors of a phone or a machine, and sends readings to a hub.

    sensor ──► Reading ──► queue (one SQLite file) ──► POST /v1/events ──► forgotten once the hub has it

It is made of Python's standard library alone, and of the few modules of the hub that are too.
"""
