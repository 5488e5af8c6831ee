"""The agent's errors, each one line for people."""

from __future__ import annotations


class AgentError(Exception):
    """The command can't be carried out; the message says what to do."""


class SensorError(AgentError):
    """A sensor returned nothing, or nothing that can be read."""


class QueueError(AgentError):
    """The queue's file can't be read, or nothing can be written to it."""


class AwayError(AgentError):
    """The hub can't be reached."""


class AdapterError(AgentError):
    """The adapter in the car can't be reached, or does not answer."""
