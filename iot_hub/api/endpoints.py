"""Where devices report: each path, the source that reads what comes there, and how its client is answered."""

from __future__ import annotations

import msgspec

from iot_hub.api.answers import FIRST_BETA, HUB, Answers
from iot_hub.api.app_answers import OWNTRACKS


class Endpoint(msgspec.Struct, frozen=True):
    """One path that takes readings."""

    path: str
    source: str
    """Its name in ``SOURCES``."""
    answers: Answers
    methods: frozenset[str] = frozenset({"POST"})
    """By GET, or with an empty body, the query is the payload."""
    greeting: bytes | None = None
    """What a GET is answered that brings nothing: some apps ask who is there."""
    names_devices: bool = False
    """Whether what a payload calls its device is the hub's own id, which must be the token's device."""
    token_in_path: bool = True
    """Whether the last segment of a longer path may be the token."""


ANY_METHOD = frozenset({"GET", "POST", "PUT"})

ENDPOINTS = (
    Endpoint("/v1/events", "hub", HUB, names_devices=True, token_in_path=False),
    Endpoint("/mobile_location", "automate", FIRST_BETA, names_devices=True, token_in_path=False),
    Endpoint("/owntracks", "owntracks", OWNTRACKS),
    # Where the OwnTracks Recorder has it.
    Endpoint("/pub", "owntracks", OWNTRACKS),
)
