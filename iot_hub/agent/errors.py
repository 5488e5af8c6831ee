"""What can go wrong on the agent's side, in one line for people."""

from __future__ import annotations


class AgentError(Exception):
    """What was asked for can't be done; the message says what to do."""


class SensorError(AgentError):
    """A sensor told nothing, or nothing that can be read."""


class QueueError(AgentError):
    """The queue's file can't be read, or nothing can be written to it."""


class AwayError(AgentError):
    """The hub can't be reached."""
