"""Two people who travel: where they live and work, where they go at weekends and on holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from iot_hub.operations.demo.hours import DAY_BEGINS, instant, is_weekend
from iot_hub.operations.demo.travels import cities
from iot_hub.operations.demo.travels.cities import City
from iot_hub.operations.demo.travels.plan import Plan
from iot_hub.operations.demo.travels.ways import BICYCLE, CAR, FERRY, ON_FOOT, PLANE, TRAIN, Means, Place, beside

SATURDAY = 5
CYCLING_MONTHS = range(4, 11)


@dataclass(frozen=True)
class Stop:
    """Some nights in a city, and by what one gets there."""

    city: City
    nights: int
    by: Means


@dataclass(frozen=True)
class Tour:
    """A holiday, from the day of departure on; ``back`` is by what one gets home."""

    starts: date
    stops: tuple[Stop, ...]
    back: Means

    @property
    def ends(self) -> date:
        """The day of return."""
        return self.starts + timedelta(days=sum(stop.nights for stop in self.stops))


@dataclass(frozen=True)
class Person:
    """Somebody's home and habits. Holidays take turns: one of the first kind in the first year, and so on."""

    seed: str
    zone: ZoneInfo
    city: City
    home: Place
    work: Place
    excursions: tuple[Place, ...]
    rides: tuple[Place, ...]
    weekends: tuple[City, ...]
    springs: tuple[tuple[tuple[Stop, ...], Means], ...]
    summers: tuple[tuple[tuple[Stop, ...], Means], ...]
    autumns: tuple[tuple[tuple[Stop, ...], Means], ...]

    def night(self, day: date) -> Place:
        """Return where the person sleeps after a day."""
        tour = self.tour(day)
        return self.home if tour is None or day == tour.ends else _stop(tour, day)[0].city.centre

    def plan(self, day: date) -> Plan:
        """Return where the person goes on a day, from four in the morning until four of the next."""
        draw = Random(f"{self.seed} day {day}")  # noqa: S311
        plan = Plan(
            instant(day, 0, self.zone), self.night(day - timedelta(days=1)), instant(day, DAY_BEGINS, self.zone)
        )
        tour = self.tour(day)
        if tour is not None:
            self._on_tour(plan, tour, day, draw)
        elif is_weekend(day):
            self._at_weekend(plan, draw)
        else:
            self._at_work(plan, day, draw)
        return plan

    def tour(self, day: date) -> Tour | None:
        """Return the holiday that a day belongs to."""
        return next((tour for tour in _tours(self, day.year) if tour.starts <= day <= tour.ends), None)

    def works(self, day: date) -> bool:
        """Return whether the person goes to work on a day."""
        return not is_weekend(day) and self.tour(day) is None

    def _on_tour(self, plan: Plan, tour: Tour, day: date, draw: Random) -> None:
        if day == tour.ends:
            last = tour.stops[-1].city
            plan.ahead = last.ahead
            plan.wait_until(draw.uniform(9.0, 10.5) if last.ahead < 4 else 12.3)
            plan.travel(last, self.city, tour.back, draw)
            plan.ride(self.home, draw)
            return
        stop, is_first, before = _stop(tour, day)
        plan.ahead = (before or self.city).ahead
        if is_first:
            plan.wait_until(draw.uniform(7.5, 9.5) if plan.ahead < 4 else 12.3)
            plan.travel(before or self.city, stop.city, stop.by, draw)
            plan.rest(draw.uniform(0.7, 1.5))
        else:
            plan.wait_until(draw.uniform(9.5, 10.5) if plan.ahead < 4 else 12.3)
        plan.see(stop.city, draw, 20.5 if stop.city.ahead > -4 else 19.5)

    def _at_work(self, plan: Plan, day: date, draw: Random) -> None:
        cycles = day.month in CYCLING_MONTHS and draw.random() < 0.7
        plan.wait_until(draw.uniform(7.2, 8.2))
        if draw.random() < 0.12:
            # At home, but for a walk.
            plan.wait_until(12.5)
            self._stroll(plan, draw)
        else:
            self._commute(plan, self.work, draw, cycles=cycles)
            if draw.random() < 0.5:
                plan.wait_until(draw.uniform(12.2, 13.0))
                plan.go(beside(self.work, 380, -240), ON_FOOT)
                plan.rest(draw.uniform(0.5, 0.8))
                plan.go(self.work, ON_FOOT)
            plan.wait_until(draw.uniform(16.2, 17.5))
            if draw.random() < 0.3:
                plan.go(beside(self.work, -500, 420), BICYCLE if cycles else ON_FOOT)
                plan.rest(draw.uniform(0.3, 0.6))
            self._commute(plan, self.home, draw, cycles=cycles)
        plan.wait_until(draw.uniform(18.5, 19.5))
        if draw.random() < 0.3:
            friend = beside(self.home, 1900, 1300) if draw.random() < 0.5 else beside(self.home, -900, 2100)
            plan.ride(friend, draw)
            plan.rest(draw.uniform(1.0, 2.5))
            plan.ride(self.home, draw)
        elif draw.random() < 0.4:
            self._stroll(plan, draw)

    def _commute(self, plan: Plan, place: Place, draw: Random, *, cycles: bool) -> None:
        if cycles:
            plan.go(place, BICYCLE)
        else:
            plan.ride(place, draw)

    def _at_weekend(self, plan: Plan, draw: Random) -> None:
        plan.wait_until(draw.uniform(9.0, 10.5))
        happens = draw.random()
        if happens < 0.4:
            target = draw.choice(self.excursions)
            plan.go(target, CAR)
            plan.rest(0.2)
            plan.go(beside(target, draw.uniform(1200, 2600), draw.uniform(-900, 900)), ON_FOOT)
            plan.rest(draw.uniform(0.5, 1.5))
            plan.go(target, ON_FOOT)
            plan.rest(draw.uniform(0.3, 1.0))
            plan.go(self.home, CAR)
        elif happens < 0.65:
            plan.go(draw.choice(self.rides), BICYCLE)
            plan.rest(draw.uniform(0.5, 1.5))
            plan.go(self.home, BICYCLE)
        else:
            self._stroll(plan, draw)
        plan.wait_until(draw.uniform(17.0, 18.0))
        if draw.random() < 0.5:
            plan.ride(self.city.centre, draw)
            plan.rest(draw.uniform(1.5, 3.0))
            plan.ride(self.home, draw)

    def _stroll(self, plan: Plan, draw: Random) -> None:
        plan.go(beside(self.home, draw.uniform(500, 1500), draw.uniform(-900, 900)), ON_FOOT)
        plan.rest(draw.uniform(0.2, 0.6))
        plan.go(self.home, ON_FOOT)


def _stop(tour: Tour, day: date) -> tuple[Stop, bool, City | None]:
    """Return where one sleeps after a day of a holiday, whether that is the first night, and the city before."""
    first, before = tour.starts, None
    for stop in tour.stops:
        if day < first + timedelta(days=stop.nights):
            return stop, day == first, before
        first, before = first + timedelta(days=stop.nights), stop.city
    raise ValueError(day)


@cache
def _tours(person: Person, year: int) -> tuple[Tour, ...]:
    """Return a year's holidays, and the weekends away between them; none goes over the year's end."""
    draw = Random(f"{person.seed} year {year}")  # noqa: S311
    tours = []
    for kinds, month in ((person.springs, 4), (person.summers, 7), (person.autumns, 10)):
        stops, back = kinds[year % len(kinds)]
        tours.append(Tour(date(year, month, 1) + timedelta(days=draw.randrange(22)), stops, back))
    for week in range(5, 50):
        saturday = date(year, 1, 1) + timedelta(days=7 * week + (SATURDAY - date(year, 1, 1).weekday()) % 7)
        away = Tour(saturday, (Stop(draw.choice(person.weekends), 1, TRAIN),), TRAIN)
        is_free = all(away.ends < tour.starts - timedelta(days=1) or away.starts > tour.ends for tour in tours)
        if draw.random() < 0.2 and is_free:
            tours.append(away)
    return tuple(tours)


def ola(zone: ZoneInfo) -> Person:
    """Return Ola, who lives in Kraków, cycles to work in summer, and takes the train and the plane on holidays."""
    return Person(
        seed="ola",
        zone=zone,
        city=cities.KRAKOW,
        home=Place(50.0431, 19.9537),
        work=Place(50.0718, 19.9905),
        excursions=(
            Place(49.2956, 19.9495), Place(50.2137, 19.8290), Place(49.9833, 20.0538), Place(49.4205, 20.4003),
            Place(49.6530, 19.5770), Place(50.8660, 20.6286), Place(49.8835, 19.4929),
        ),
        rides=(Place(50.0190, 19.8010), Place(50.0540, 20.1890), Place(49.9690, 19.8300)),
        weekends=(cities.WARSAW, cities.WARSAW, cities.WIEN, cities.GDANSK),
        springs=(
            ((Stop(cities.GDANSK, 2, TRAIN), Stop(cities.KARLSKRONA, 3, FERRY), Stop(cities.GDANSK, 1, FERRY)), TRAIN),
            ((Stop(cities.PRAHA, 4, TRAIN),), TRAIN),
        ),
        summers=(
            ((Stop(cities.LISBOA, 5, PLANE), Stop(cities.PORTO, 4, TRAIN)), PLANE),
            ((Stop(cities.ROMA, 4, PLANE), Stop(cities.FIRENZE, 3, TRAIN), Stop(cities.VENEZIA, 3, TRAIN)), PLANE),
            (
                (Stop(cities.NEW_YORK, 5, PLANE), Stop(cities.WASHINGTON, 3, TRAIN), Stop(cities.NEW_YORK, 1, TRAIN)),
                PLANE,
            ),
            ((Stop(cities.TOKYO, 6, PLANE), Stop(cities.KYOTO, 4, TRAIN), Stop(cities.TOKYO, 1, TRAIN)), PLANE),
        ),
        autumns=(
            ((Stop(cities.WIEN, 2, TRAIN), Stop(cities.BUDAPEST, 3, TRAIN)), TRAIN),
            ((Stop(cities.BERLIN, 4, TRAIN),), TRAIN),
        ),
    )  # fmt: skip


def tom(zone: ZoneInfo) -> Person:
    """Return Tom, who lives in Berlin, and has friends in Hamburg."""
    return Person(
        seed="tom",
        zone=zone,
        city=cities.BERLIN,
        home=Place(52.4890, 13.4250),
        work=Place(52.5070, 13.3270),
        excursions=(Place(52.3990, 13.0450), Place(51.8660, 13.9680), Place(53.1690, 13.0370), Place(53.5500, 13.2610)),
        rides=(Place(52.4200, 13.1780), Place(52.4370, 13.6480), Place(52.6240, 13.2960)),
        weekends=(cities.HAMBURG, cities.HAMBURG, cities.PRAHA),
        springs=(((Stop(cities.KOBENHAVN, 4, TRAIN),), TRAIN), ((Stop(cities.MUENCHEN, 4, TRAIN),), TRAIN)),
        summers=(
            ((Stop(cities.PALMA, 8, PLANE),), PLANE),
            ((Stop(cities.PARIS, 4, TRAIN), Stop(cities.LONDON, 4, TRAIN)), PLANE),
        ),
        autumns=(((Stop(cities.KRAKOW, 3, TRAIN),), TRAIN), ((Stop(cities.WIEN, 3, TRAIN),), TRAIN)),
    )
