"""What the hub's answer to a batch means: pure rules.

A reading is forgotten for a receipt alone, never for a status: a hotel's login page answers 200 too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

LONGEST_RETRY = 3600.0
"""Seconds: a hub that asks for more is asked again all the same."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    retry_after: str | None = None


class Settled(NamedTuple):
    """The hub has the batch, but for what it refused: index and reason of each."""

    refused: Mapping[int, str]


class TooLarge(NamedTuple):
    """The batch can't be taken as it is; a smaller one may be."""

    reason: str


class Failed(NamedTuple):
    """Nothing was kept: why, and after how many seconds the hub wants to be asked again."""

    why: str
    retry_after: float | None = None


Meaning = Settled | TooLarge | Failed


def meaning(answer: Answer, readings: int) -> Meaning:
    """Say what an answer to a batch of so many readings means."""
    if answer.status in (200, 202, 422):
        refused = _refused(answer.body, readings)
        if refused is not None:
            return Settled(refused)
        if answer.status == 422:
            return TooLarge("unreadable")
        return Failed(f"the address answers {answer.status} without a receipt: is it the hub's?")
    if answer.status == 413:
        return TooLarge("too_large")
    if answer.status in (429, 503):
        why = "the hub asks to slow down" if answer.status == 429 else "the hub can't keep anything now"
        return Failed(why, _seconds(answer.retry_after))
    return Failed(_WHY.get(answer.status, f"the address answers {answer.status}: is it the hub's?"))


_ELSEWHERE = "the address leads elsewhere: configure the one that it leads to, as a browser shows it"
_WHY = {
    **dict.fromkeys((301, 302, 307, 308), _ELSEWHERE),
    401: "the hub does not know the token: make a new one on the hub, 'iot-hub token rotate DEVICE'",
    403: "the token is another device's: make one for this device on the hub, 'iot-hub token rotate DEVICE'",
    421: "the hub does not answer to this host name: add it to IOT_HUB_HOSTS on the hub",
    502: "something stands before the hub, and does not reach it (502)",
    504: "something stands before the hub, and does not reach it (504)",
}


def _refused(body: bytes, readings: int) -> dict[int, str] | None:
    """Read a receipt; None where it is none, or does not account for every reading."""
    try:
        receipt = json.loads(body)
        refused = {item["index"]: str(item["reason"]) for item in receipt["rejected"]}
        kept = sum(_count(receipt, name) for name in ("stored", "duplicates", "spooled"))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    whole = kept + len(refused) == readings and all(index in range(readings) for index in refused)
    return refused if whole else None


def _count(receipt: Mapping[str, Any], name: str) -> int:
    count = receipt.get(name, 0)
    if type(count) is not int or count < 0:
        raise TypeError(name)
    return count


def _seconds(told: str | None) -> float | None:
    # A date, which HTTP allows as well, gives way to the agent's own pauses.
    return min(float(told), LONGEST_RETRY) if told and told.strip().isdecimal() else None
