"""The agent: reads a phone's or a machine's sensors, keeps the readings, and sends them to a hub.

    sensor ──► Reading ──► queue (one SQLite file) ──► POST /v1/events ──► forgotten once the hub has it

It is made of Python's standard library alone, and of the few modules of the hub that are too.
"""
