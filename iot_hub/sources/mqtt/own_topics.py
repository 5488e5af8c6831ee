"""The topics to which the hub publishes its own figures: they are no device's, whoever repeats them."""

from __future__ import annotations

PREFIX = "iot_hub_"
"""How a level of such a topic begins: of a state, a configuration, or an entity that Home Assistant makes of them."""


def is_own(topic: str) -> bool:
    """Return whether a topic is one of the hub's own figures."""
    return topic.startswith(PREFIX) or f"/{PREFIX}" in topic
