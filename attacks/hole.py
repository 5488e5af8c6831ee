"""Attack (b): the hole in the map, its hull and its middle."""

from __future__ import annotations

import numpy as np

from attacks.knowledge import Guesses, Rules, anchor, lean, middle
from attacks.likelihood import begin as beginning
from attacks.likelihood import likeliest
from attacks.plane import Numbers, Points, centroid, hull, lengths
from attacks.published import Look

SECTORS = 48
CELLS = 31
MOST_FIXES = 2_000


def guess(look: Look, rules: Rules) -> Guesses:
    """Guess the middle of the hole in several senses."""
    begin = beginning(look, rules)
    rim = _rim(look.fixes, begin)
    places, room = _room(look, rules, begin)
    widest = places[np.argmax(np.minimum(room, 1.2 * rules.zone_m) - lengths(places - begin) / 20)]
    zones = _zones(look, rules, places, room)
    return {
        "hull of the cut ends": centroid(hull(look.gates.points)) if len(look.gates) > 1 else begin,
        "middle of the nights' gates": anchor(look),
        "likeliest zone": likeliest(look, rules),
        "middle of the rim": centroid(rim),
        "widest empty circle": np.asarray(widest),
        "all zones that fit": zones,
        "all zones that fit, then towards the rim's tracks": lean(
            look, zones, _around(look.fixes, zones, rules), rules
        ),
    }


def _rim(fixes: Points, begin: Points) -> Points:
    """Find the shown fix nearest to a place in each direction: the corners of the hole."""
    ways = fixes - begin
    metres = lengths(ways)
    sector = np.floor((np.arctan2(ways[:, 1], ways[:, 0]) + np.pi) / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    nearest = [np.flatnonzero(sector == n)[np.argmin(metres[sector == n])] for n in np.unique(sector)]
    # A direction that nobody goes in has no rim.
    rim = fixes[nearest]
    kept = rim[metres[nearest] <= 3 * np.median(metres[nearest])]
    return kept if len(kept) >= 3 else rim


def _room(look: Look, rules: Rules, begin: Points) -> tuple[Points, Numbers]:
    """Measure on a grid around a place how far it is to the nearest shown fix."""
    reach = 3 * max(rules.zone_m, 150.0)
    line = np.linspace(-reach, reach, CELLS)
    places = begin + np.array(np.meshgrid(line, line)).reshape(2, -1).T
    fixes = look.fixes[lengths(look.fixes - begin) < 3 * reach]
    if not len(fixes):
        return places, np.full(len(places), np.inf)
    fixes = fixes[:: 1 + len(fixes) // MOST_FIXES]
    return places, np.array([lengths(fixes - place).min() for place in places])


def _zones(look: Look, rules: Rules, places: Points, room: Numbers) -> Points:
    """Return the weighted median of all places where a zone can be; those nearer to the cut ends weigh more."""
    fits = room >= 0.97 * rules.zone_m
    if not fits.any():
        return np.asarray(places[np.argmax(room)])
    near = np.exp(-np.maximum(lengths(look.gates.points[:, None] - places[fits][None]) - rules.zone_m, 0) / 600)
    return middle(places[fits], near.mean(axis=0) ** 2 + 1e-9)


def _around(fixes: Points, centre: Points, rules: Rules) -> Points:
    metres = lengths(fixes - centre)
    near = fixes[metres < 1.6 * rules.zone_m]
    return near if len(near) else fixes[np.argsort(metres)[:20]]
