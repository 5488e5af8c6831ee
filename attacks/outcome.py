"""How far each attack's guesses about one person are from the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attacks import (
    circle,
    feet,
    first_visits,
    heat,
    hole,
    journeys,
    looks,
    night,
    rays,
    shares,
    stays,
    totals,
    trip_totals,
)
from attacks.knowledge import Guesses, Rules
from attacks.person import Person
from attacks.plane import Points, distance_to_polygon, lengths
from attacks.published import Look
from attacks.silences import Silent

RANDOM_GUESSES = 400

FEWEST_FIXES = 20
"""Who publishes less is not attacked, and does not count."""
PROBING = "j probing"
ATTACKS = (
    "a circle", "b hole", "c headings", "d totals", "f nights", "g many looks", "h shares", "i heat map",
    "l journeys", "m stays", "n trip totals", "o first visits", PROBING,
)  # fmt: skip
WRONG_CLOCKS = "k wrong clocks"
"""All of them, where the phone's clock is wrong: an event may report a fix of a time at which nothing else is shown."""

Misses = Mapping[str, Mapping[str, float]]
"""Metres from a guess to home, by attack and variant."""


@dataclass(frozen=True)
class Side:
    """What attacks on one way of hiding came to."""

    misses: Misses
    silent: Silent


@dataclass(frozen=True)
class Outcome:
    """What became of one person."""

    person: int
    events: int
    clock_is_wrong: bool
    random: Sequence[float]
    """Metres from home to places drawn at random in the true zone: the yardstick."""
    off: Silent
    """A phone that is simply off at home, without a hub: the other yardstick."""
    hub: Side
    naive: Side


def misses(person: Person, all_looks: Sequence[Look], rules: Rules, probed: Guesses) -> Misses:
    """Run every attack that guesses a place, but for the one that asked."""
    home = all_looks[0].plane.points(*person.plane.degrees(person.home[None]).T)[0]
    guesses = {**attack(all_looks, rules), PROBING: probed}
    return {
        name: {variant: float(lengths(place - home)) for variant, place in of_one.items()}
        for name, of_one in guesses.items()
    }


def attack(all_looks: Sequence[Look], rules: Rules) -> Mapping[str, Guesses]:
    """Return every attack's guesses, most of them from the second look, the first at all data."""
    look = all_looks[1]
    if min(len(one.fixes) for one in all_looks) < FEWEST_FIXES:
        return {name: {} for name in ATTACKS[:-1]}
    return {
        "a circle": {**circle.guess(look, rules), **feet.guess(look, rules)},
        "b hole": hole.guess(look, rules),
        "c headings": rays.guess(look, rules),
        "d totals": totals.guess(look, rules),
        "f nights": night.guess(look, rules),
        "g many looks": looks.guess(all_looks, rules),
        "h shares": shares.guess(look, rules),
        "i heat map": heat.guess(look, rules),
        "l journeys": journeys.guess(look, rules),
        "m stays": stays.guess(look, rules),
        "n trip totals": trip_totals.guess(look, rules),
        "o first visits": first_visits.guess(look, rules),
    }


def random_misses(person: Person, zone: Mapping[str, float], seed: int) -> list[float]:
    """Draw places evenly in the zone: the polygon, displaced, grown by the margin."""
    draw = np.random.default_rng(seed)
    corners = person.area + np.array([zone["shift_east_m"], zone["shift_north_m"]])
    reach = zone["reach_m"] + 200.0
    places: Points = corners.mean(axis=0) + draw.uniform(-reach, reach, (4 * RANDOM_GUESSES, 2))
    within = places[distance_to_polygon(places, corners) <= zone["reach_m"]]
    return [float(metres) for metres in lengths(within - person.home)[:RANDOM_GUESSES]]
