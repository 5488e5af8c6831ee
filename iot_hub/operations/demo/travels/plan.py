"""Where somebody goes on a day, hour by hour."""

from __future__ import annotations

from random import Random

from iot_hub.operations.demo.travels.cities import City
from iot_hub.operations.demo.travels.ways import CAR, ON_FOOT, PLANE, TRAIN, TRAM, Means, Move, Place, metres

HOUR = 3600
TO_STOP_M = 420


class Plan:
    """A day's moves, one after the other. Hours are those that clocks of the place show."""

    def __init__(self, midnight: float, here: Place, begins: float) -> None:
        """Begin a day at a place, at an instant."""
        self.midnight = midnight
        self.begin_place = here
        self.here = here
        self.now = begins
        self.ahead = 0
        self.moves: list[Move] = []

    def wait_until(self, hour: float) -> None:
        """Rest until the clocks show an hour, unless it is later already."""
        self.now = max(self.now, self.midnight + (hour - self.ahead) * HOUR)

    def rest(self, hours: float) -> None:
        """Rest for some hours."""
        self.now += hours * HOUR

    def go(self, place: Place, means: Means) -> None:
        """Go to a place."""
        if metres(self.here, place) < 30:
            return
        move = Move(self.now, self.here, place, means)
        self.moves.append(move)
        self.now, self.here = move.ends, place

    def ride(self, place: Place, draw: Random) -> None:
        """Go to a place of the same city: on foot, or by tram with a walk at either end."""
        if metres(self.here, place) < 1500:
            self.go(place, ON_FOOT)
            return
        first, last = _towards(self.here, place, TO_STOP_M), _towards(place, self.here, TO_STOP_M)
        self.go(first, ON_FOOT)
        self.rest(draw.uniform(0.02, 0.06))
        self.go(last, TRAM)
        self.go(place, ON_FOOT)

    def travel(self, start: City, end: City, means: Means, draw: Random) -> None:
        """Travel from one city to the centre of another."""
        if means == CAR:
            self.go(end.centre, CAR)
        elif means == TRAIN:
            self.ride(start.station, draw)
            self.rest(draw.uniform(0.1, 0.3))
            self.go(end.station, TRAIN)
            self.ride(end.centre, draw)
        else:
            gates = (start.airport, end.airport) if means == PLANE else (start.port, end.port)
            leave, arrive = (gate for gate in gates if gate)
            self.go(leave, CAR)
            self.rest(draw.uniform(1.2, 1.8) if means == PLANE else 0.8)
            self.go(arrive, means)
            self.rest(0.5 if means == PLANE else 0.2)
            self.go(end.centre, CAR)
        self.ahead = end.ahead

    def see(self, city: City, draw: Random, until: float) -> None:
        """Walk from sight to sight, and back to the centre."""
        for sight in draw.sample(city.sights, 5):
            if self.midnight + (until - self.ahead) * HOUR < self.now + 1.5 * HOUR:
                break
            self.go(sight, ON_FOOT)
            self.rest(draw.uniform(0.4, 1.4))
        self.go(city.centre, ON_FOOT)


def _towards(start: Place, end: Place, far: float) -> Place:
    share = far / metres(start, end)
    return Place(*(one + (other - one) * share for one, other in zip(start, end, strict=True)))
