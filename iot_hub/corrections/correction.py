"""A correction: what the owner says of a device and a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from iot_hub.errors import UserError

KINDS = ("wrong_fixes", "hide", "merge", "split", "move", "mode")
MODES = ("on_foot", "bicycle", "vehicle", "train", "boat", "flight")
SHAPES = ("stay", "trip")
_MINUTE = timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = timedelta(days=3660)


class BadCorrectionError(UserError):
    """The correction means nothing."""

    code = "bad_correction"
    status = 422


class UnknownCorrectionError(UserError):
    """There is no such correction, or it is undone already."""

    code = "unknown_correction"
    status = 404


@dataclass(frozen=True)
class Correction:
    """What is corrected, from an instant until before another one. Raises BadCorrectionError for what means nothing.

    Corrections of journeys are of whole minutes, as journeys are. None: since ever, or for ever; of fixes alone.
    """

    device_id: int
    kind: str
    since: datetime | None
    until: datetime | None
    source: str | None = None
    """Of wrong fixes: those that this source reported first."""
    becomes: str | None = None
    """What is merged becomes a stay or a trip."""
    mode: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    def __post_init__(self) -> None:
        """Check everything, and widen a stretch of journeys to whole minutes."""
        if self.kind not in KINDS:
            raise BadCorrectionError(f"Unknown kind {self.kind!r}. Kinds: {', '.join(KINDS)}.")
        if self.kind == "wrong_fixes":
            if self.since is not None and self.until is not None and self.since >= self.until:
                raise BadCorrectionError("A correction ends after it begins.")
        else:
            self._check_minutes()
        _require(self.source is None or self.kind == "wrong_fixes", "Only wrong fixes have a source.")
        _require((self.becomes in SHAPES) if self.kind == "merge" else self.becomes is None,
                 "What is merged, and nothing else, becomes a stay or a trip.")  # fmt: skip
        _require((self.mode in MODES) if self.kind == "mode" else self.mode is None,
                 f"A mode, and nothing else, is one of {', '.join(MODES)}.")  # fmt: skip
        self._check_position()

    def _check_minutes(self) -> None:
        if self.since is None or self.until is None:
            raise BadCorrectionError("A correction of journeys needs its beginning and its end.")
        since = _floor(self.since)
        until = since if self.kind == "split" else _floor(self.until + _MINUTE - _MICROSECOND)
        if self.kind != "split" and self.since >= self.until:
            raise BadCorrectionError("A correction ends after it begins.")
        if until - since > _LONGEST:
            raise BadCorrectionError("A correction of journeys lasts ten years at most.")
        object.__setattr__(self, "since", since)
        object.__setattr__(self, "until", until)

    def _check_position(self) -> None:
        if self.kind != "move":
            _require(self.latitude is None and self.longitude is None, "Only a stay is moved to a position.")
            return
        if self.latitude is None or self.longitude is None:
            raise BadCorrectionError("A stay is moved to a position: its latitude and longitude.")
        # NaN is in no range.
        _require(-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180,
                 "A position is from -90 to 90 degrees north, and from -180 to 180 east.")  # fmt: skip
        if self.longitude == 180:
            object.__setattr__(self, "longitude", -180.0)


def _floor(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)


def _require(is_right: bool, message: str) -> None:
    if not is_right:
        raise BadCorrectionError(message)
