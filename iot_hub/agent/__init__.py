"""The agent: reads a phone's or a machine's sensors, queues the readings, and sends them to a hub.

    sensor ──► Reading ──► queue (one SQLite file) ──► POST /v1/events ──► deleted once the hub has it

It uses Python's standard library alone, and the few modules of the hub that do too.
"""
