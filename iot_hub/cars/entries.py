"""What can be right of an entry that somebody types: a slip is refused before it spoils every figure."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal

from iot_hub.errors import UserError

FIRST_YEAR, LAST_YEAR = 1970, 2199
MOST_KM = 100_000_000
MOST_MONEY = 1_000_000_000
_CLOCKS_DIFFER = timedelta(days=1)


def require_past(at: datetime | date, now: datetime) -> None:
    """Raise UserError for what is said to have been before 1970, or to be still to come."""
    day = at.date() if isinstance(at, datetime) else at
    if day.year < FIRST_YEAR or day > (now + _CLOCKS_DIFFER).date():
        raise UserError(f"{day} is not a day on which it can have been: from {FIRST_YEAR} until today.")


def require_odometer(km: float | None) -> None:
    """Raise UserError for what no odometer shows."""
    if km is not None and not (math.isfinite(km) and 0 <= km <= MOST_KM):
        raise UserError(f"An odometer shows 0 to {MOST_KM:,} km.")


def require_money(amount: Decimal | None) -> None:
    """Raise UserError for an amount that nobody pays."""
    if amount is not None and not (amount.is_finite() and 0 <= amount <= MOST_MONEY):
        raise UserError(f"An amount must be 0 to {MOST_MONEY:,}.")


def require_line(text: str | None, most: int) -> None:
    """Raise UserError for what is more than a line of text."""
    if text is not None and (len(text) > most or not text.isprintable()):
        raise UserError(f"A text must be one line of at most {most} characters.")
