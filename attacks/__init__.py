"""Attacks what a hub publishes, to measure how well private areas hold: ``python -m attacks``.

Simulated people live for some weeks; their phones' events go through the hub's own SQL; then each
attack guesses where home is from what ``iot_hub_viewer`` can read, and nothing else, and once more
from what the first beta's filter would have left.
"""
