"""Times as people give them to commands."""

from __future__ import annotations

from datetime import datetime

from iot_hub.errors import UserError
from iot_hub.settings import settings


def moment(text: str) -> datetime:
    """Understand an ISO 8601 time or date; without offset, in the owner's zone. Raises UserError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{text!r} is not an ISO 8601 time such as 2026-03-29 or 2026-03-29T14:00+02:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=settings().zone)
