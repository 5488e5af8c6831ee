"""Reads a car's computer by an ELM327 adapter, while its engine or charger runs.

    adapter ──► Line ──► Adapter ──► CarComputer ──► rounds ──► Recorder (the agent's queue)

What the bytes mean is ``iot_hub/obd``'s business.
"""
