"""Holds back who guesses passwords."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_A_MINUTE = 5
MINUTE = 60.0
LONGEST_PAUSE = 3600.0
MOST_ADDRESSES = 10_000


@dataclass
class _Guesser:
    tries: list[float] = field(default_factory=list)
    pauses: int = 0
    paused_until: float = 0.0


class Attempts:
    """Counts the failures of each address.

    Five within a minute earn a pause of a minute, the next five one of two, then of four, up to an hour.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that gives seconds and never goes back."""
        self._clock = clock
        self._guessers: OrderedDict[str, _Guesser] = OrderedDict()

    def begin(self, address: str) -> float:
        """Count an attempt as failed and give 0, or the seconds to wait before the next is let in.

        It counts before its password is checked: of a hundred at once, five are.
        """
        now = self._clock()
        guesser = self._guessers.setdefault(_network(address), _Guesser())
        self._guessers.move_to_end(_network(address))
        if len(self._guessers) > MOST_ADDRESSES:
            self._guessers.popitem(last=False)
        if guesser.paused_until > now:
            return guesser.paused_until - now
        guesser.tries = [*(at for at in guesser.tries if at > now - MINUTE), now]
        if len(guesser.tries) >= MOST_A_MINUTE:
            guesser.paused_until = now + min(MINUTE * 2**guesser.pauses, LONGEST_PAUSE)
            guesser.pauses += 1
            guesser.tries = []
        return 0.0

    def succeeded(self, address: str) -> None:
        """Forget an address's failures."""
        self._guessers.pop(_network(address), None)


def _network(address: str) -> str:
    """Give what one guesser has: an IPv4 address, or the 2^64 addresses of an IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
