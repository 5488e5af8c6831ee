"""A correction of drives: what the owner says of a car and a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from iot_hub.corrections.correction import BadCorrectionError

KINDS = ("merge", "split", "name", "purpose")
PURPOSES = ("business", "private")
LONGEST_NAME = 200
_LONGEST_MERGE = timedelta(days=31)
_LONGEST = timedelta(days=3660)


@dataclass(frozen=True)
class DriveCorrection:
    """What is corrected, from one instant to another. Raises BadCorrectionError for what means nothing.

    A split has one instant.
    """

    device_id: int
    kind: str
    since: datetime
    until: datetime | None = None
    name: str | None = None
    purpose: str | None = None
    """business or private."""

    def __post_init__(self) -> None:
        """Check everything, and give a split its end."""
        if self.kind not in KINDS:
            raise BadCorrectionError(f"Unknown kind {self.kind!r}. Kinds: {', '.join(KINDS)}.")
        if not all(1970 <= at.year < 2200 for at in (self.since, self.until) if at is not None):
            raise BadCorrectionError("Drives are of the years 1970 to 2199.")
        if self.kind == "split":
            object.__setattr__(self, "until", self.since)
        elif self.until is None or self.since >= self.until:
            raise BadCorrectionError("A correction ends after it begins.")
        elif self.until - self.since > (_LONGEST_MERGE if self.kind == "merge" else _LONGEST):
            raise BadCorrectionError("Drives are merged over a month at most, and named over ten years.")
        self._check_name()
        if (self.purpose in PURPOSES) != (self.kind == "purpose") or (
            self.kind != "purpose" and self.purpose is not None
        ):
            raise BadCorrectionError("A purpose, and nothing else, is business or private.")

    def _check_name(self) -> None:
        name = self.name.strip() if self.name is not None else None
        if (self.kind == "name") != bool(name) or (name is not None and len(name) > LONGEST_NAME):
            raise BadCorrectionError(f"A name, and nothing else, has 1 to {LONGEST_NAME} characters.")
        if name and not name.isprintable():
            raise BadCorrectionError("A name is one line of text.")
        object.__setattr__(self, "name", name)
