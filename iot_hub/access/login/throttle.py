"""Throttles password guessing, without ever locking out the owner's own browser because of others.

Three counts, which only a successful login resets:

- per address (IPv6: per /64): five attempts within a minute cause a pause of a minute, the next five
  one of two, then of four, up to an hour;
- for all addresses together: a burst of 200 attempts, then 20 a minute, so that many addresses do not help;
- per browser that has logged in before (``known_browser``): the same pauses as an address, on a count of its
  own, outside the total. A stolen cookie shares its owner's count, so it adds one address's guesses.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

ATTEMPTS_PER_MINUTE = 5
MINUTE = 60.0
MAX_PAUSE = 3600.0
TOTAL_BURST = 200
TOTAL_PER_MINUTE = 20
MAX_CLIENTS = 10_000
"""Kept in memory. The total admits 1,200 an hour, so the pause of an evicted client is over."""


@dataclass
class _Client:
    tries: list[float] = field(default_factory=list)
    pauses: int = 0
    paused_until: float = 0.0


class LoginThrottle:
    """Counts failed logins."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._left = float(TOTAL_BURST)
        self._left_at = clock()

    def delay(self, address: str, browser: str | None = None) -> float:
        """Return the seconds until the next attempt is allowed (0: now), without counting one."""
        now = self._clock()
        client = self._clients.get(_key(address, browser))
        pause = max(client.paused_until - now, 0.0) if client else 0.0
        if browser is None and self._refill(now) < 1:
            return max(pause, (1 - self._left) * MINUTE / TOTAL_PER_MINUTE)
        return pause

    def record_attempt(self, address: str, browser: str | None = None) -> None:
        """Count an attempt as failed, before its password is checked: of a hundred at once, five are checked."""
        now = self._clock()
        if browser is None:
            self._left = self._refill(now) - 1
        key = _key(address, browser)
        client = self._clients.setdefault(key, _Client())
        self._clients.move_to_end(key)
        if len(self._clients) > MAX_CLIENTS:
            self._clients.popitem(last=False)
        client.tries = [*(at for at in client.tries if at > now - MINUTE), now]
        if len(client.tries) >= ATTEMPTS_PER_MINUTE:
            client.paused_until = now + min(MINUTE * 2**client.pauses, MAX_PAUSE)
            client.pauses += 1
            client.tries = []

    def record_success(self, address: str, browser: str | None = None) -> None:
        """Reset the failures of the address or browser that has just logged in."""
        self._clients.pop(_key(address, browser), None)
        if browser is None:
            self._left = min(self._left + 1, TOTAL_BURST)

    def _refill(self, now: float) -> float:
        self._left = min(self._left + (now - self._left_at) * TOTAL_PER_MINUTE / MINUTE, TOTAL_BURST)
        self._left_at = now
        return self._left


def _key(address: str, browser: str | None) -> str:
    return f"browser {browser}" if browser else _network(address)


def _network(address: str) -> str:
    """Return what a single client controls: an IPv4 address, or an IPv6 /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
    return str(parsed)
