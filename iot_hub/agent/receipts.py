"""What the hub's response to a batch means: pure rules.

A reading is deleted for a receipt alone, never for a status: a hotel's login page responds with 200 too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

MAX_RETRY_SECONDS = 3600.0
"""A hub that asks for more is retried after this long all the same."""


class Response(NamedTuple):
    """The hub's HTTP response."""

    status: int
    body: bytes
    retry_after: str | None = None
    date: str | None = None


class Accepted(NamedTuple):
    """The hub has the batch, except what it rejected: index and reason of each."""

    rejected: Mapping[int, str]


class TooLarge(NamedTuple):
    """The batch can't be accepted as it is; a smaller one may be."""

    reason: str


class RetryLater(NamedTuple):
    """Nothing was stored: why, and after how many seconds the hub wants to be tried again."""

    reason: str
    retry_after: float | None = None


Outcome = Accepted | TooLarge | RetryLater


def outcome_of(response: Response, readings: int) -> Outcome:
    """Return what a response to a batch of ``readings`` means."""
    if response.status in (200, 202, 422):
        rejected = _rejected(response.body, readings)
        if rejected is not None:
            return Accepted(rejected)
    if response.status in (200, 202):
        return RetryLater(f"the address answers {response.status} without a receipt: is it the hub's?")
    if response.status == 422 or (response.status == 400 and _code(response.body) == "unreadable"):
        return TooLarge("unreadable")
    if response.status == 413:
        return TooLarge("too_large")
    if response.status in (429, 503):
        reason = "the hub asks to slow down" if response.status == 429 else "the hub can't keep anything now"
        return RetryLater(reason, _seconds(response.retry_after))
    return RetryLater(_REASONS.get(response.status, f"the address answers {response.status}: is it the hub's?"))


def is_hubs(response: Response) -> bool:
    """Return whether a response is a hub's own, and no login page's."""
    return _code(response.body) is not None or _rejected(response.body, 0) is not None


_ELSEWHERE = "the address redirects: configure the one that it redirects to, as a browser shows it"
_REASONS = {
    **dict.fromkeys((301, 302, 307, 308), _ELSEWHERE),
    401: "the hub does not know the token: replace it on the hub, 'iot-hub token rotate DEVICE'",
    403: "the token is another device's: replace it on the hub, 'iot-hub token rotate DEVICE'",
    421: "the hub does not accept this host name: add it to IOT_HUB_HOSTS on the hub",
    502: "a proxy in front of the hub can't reach it (502)",
    504: "a proxy in front of the hub can't reach it (504)",
}


def _rejected(body: bytes, readings: int) -> dict[int, str] | None:
    """Return what a receipt rejects; None where it is no receipt, or does not account for every reading."""
    try:
        receipt = json.loads(body)
        rejected = {item["index"]: str(item["reason"]) for item in receipt["rejected"]}
        accepted = sum(_count(receipt, name) for name in ("stored", "duplicates", "spooled"))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    is_whole = accepted + len(rejected) == readings and all(index in range(readings) for index in rejected)
    return rejected if is_whole else None


def _code(body: bytes) -> str | None:
    """Return the code of the hub's error; None where it is no error of the hub's."""
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _count(receipt: Mapping[str, Any], name: str) -> int:
    count = receipt.get(name, 0)
    if type(count) is not int or count < 0:
        raise TypeError(name)
    return count


def _seconds(retry_after: str | None) -> float | None:
    # HTTP allows a date as well: then the agent's own backoff counts.
    return min(float(retry_after), MAX_RETRY_SECONDS) if retry_after and retry_after.strip().isdecimal() else None
