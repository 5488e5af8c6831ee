"""A place of the owner's: a name on a point and its surroundings."""

from __future__ import annotations

from dataclasses import dataclass

from iot_hub.errors import UserError

KINDS = (
    "home", "work", "school", "family", "friend", "shop", "food", "sport", "health", "culture", "nature", "travel",
    "other",
)  # fmt: skip
DEFAULT_RADIUS_M = 100.0
LEAST_RADIUS_M, MOST_RADIUS_M = 10.0, 5_000.0
MOST_LETTERS = 200
_NAMES = {"home": "home", "dom": "home", "work": "work", "praca": "work", "school": "school", "szkoła": "school"}


@dataclass(frozen=True)
class Place:
    """A place: degrees and metres. Raises UserError for impossible values."""

    name: str
    latitude: float
    longitude: float
    kind: str = "other"
    radius_m: float = DEFAULT_RADIUS_M

    def __post_init__(self) -> None:
        """Check everything, and bring the longitude to -180 … 180, without 180."""
        object.__setattr__(self, "name", " ".join(self.name.split()))
        if not self.name:
            raise UserError("A place needs a name.")
        if len(self.name) > MOST_LETTERS:
            raise UserError(f"A place's name has {MOST_LETTERS} letters at most.")
        if not -90 <= self.latitude <= 90:
            raise UserError("A place's latitude is from -90 to 90; it comes first: LAT,LON.")
        if not -180 <= self.longitude <= 180:
            raise UserError("A place's longitude is from -180 to 180; it comes second: LAT,LON.")
        if self.longitude == 180:
            object.__setattr__(self, "longitude", -180.0)
        if self.kind not in KINDS:
            raise UserError(f"Unknown kind {self.kind!r}. Kinds: {', '.join(KINDS)}.")
        if not LEAST_RADIUS_M <= self.radius_m <= MOST_RADIUS_M:
            raise UserError("A place's radius is from 10 to 5,000 metres.")


def position_of(text: str) -> tuple[float, float]:
    """Parse LAT,LON. Raises UserError."""
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError as error:
        raise UserError("A position is two numbers, LAT,LON, as in 52.23,21.01.") from error
    # NaN is in no range.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise UserError("A position is LAT,LON, from -90 to 90 and from -180 to 180, as in 52.23,21.01.")
    return latitude, longitude


def kind_named(*words: str | None) -> str:
    """Return the first kind that a word names, in English or Polish; other if none does."""
    for word in words:
        plain = (word or "").strip().casefold()
        if plain in KINDS or plain in _NAMES:
            return _NAMES.get(plain, plain)
    return "other"
