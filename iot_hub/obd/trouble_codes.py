"""Fault codes of a car (services 03 and 07).

Facts: SAE J1979 and ISO 15031-6: two bytes a code, of which two bits are its letter; 0000 fills up. On CAN their number
comes first, on older wires each message has three.
"""

from __future__ import annotations

from collections.abc import Iterable

_LETTERS = "PCBU"


def codes(data: bytes) -> list[str]:
    """Return the codes in a message, of which the service is removed: ``P0133``."""
    if len(data) % 2:
        data = data[1 : 1 + 2 * data[0]]
    pairs = (data[at : at + 2] for at in range(0, len(data) - 1, 2))
    return [_code(pair) for pair in pairs if any(pair)]


def codes_of_all(messages: Iterable[bytes]) -> list[str]:
    """Return the codes of several messages, each once, in order."""
    return sorted({code for data in messages for code in codes(data)})


def _code(pair: bytes) -> str:
    digits = pair.hex().upper()
    return f"{_LETTERS[pair[0] >> 6]}{pair[0] >> 4 & 3}{digits[1:]}"
