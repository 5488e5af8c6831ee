"""Lets people live, publishes what their phones say, looks at it several times, and attacks it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from random import Random

import numpy as np

from attacks.knowledge import HUB_RULES, NAIVE_RULES, Rules
from attacks.life import Life, Living
from attacks.likelihood import begin
from attacks.outcome import FEWEST_FIXES, Outcome, Side, misses, random_misses
from attacks.person import Person
from attacks.phone import events, report
from attacks.plane import Points
from attacks.probing import probe
from attacks.published import HUB, NAIVE, Look, look
from attacks.silences import silences, switched_off
from attacks.statements import statement
from attacks.world import (
    Connection,
    draw_again,
    hub_of,
    lend_token,
    move_in,
    owner_of,
    publish,
    redraw,
    running_template,
    store,
    viewer_of,
)
from iot_hub.ingest.batch import StoredEvent
from iot_hub.settings import Settings

FIRST_MIDNIGHT = 1_767_571_200
"""Monday, 2026-01-05."""
PEOPLE_PER_HUB = 10
PROBED_EVERY = 3
"""The zone of one in this many people is probed: that takes as long as all the other attacks."""
LATE_SHARE = 0.1
LATE_SECONDS = 3 * 3600

RULES: dict[str, Rules] = {HUB: HUB_RULES, NAIVE: NAIVE_RULES}


@dataclass
class Resident:
    """A person whose phone reports to a hub, and what could be read of it so far."""

    person: Person
    life: Life
    device_id: int
    events: list[StoredEvent]
    looks: dict[str, list[Look]]


def run(people: int, days: int, seed: int, tell: Callable[[int], None], processes: int = 2) -> list[Outcome]:
    """Attack the homes of a number of people, in parallel processes, and print the progress."""
    outcomes: list[Outcome] = []
    with running_template() as template, ProcessPoolExecutor(processes) as pool:
        hubs = [range(first, min(first + PEOPLE_PER_HUB, people)) for first in range(0, people, PEOPLE_PER_HUB)]
        waiting = [pool.submit(attack_hub, template, hub, days, seed) for hub in hubs]
        try:
            for done in as_completed(waiting):
                outcomes += done.result()
                tell(len(outcomes))
        finally:
            # Who ends it early does not wait for hubs that were not begun.
            pool.shutdown(cancel_futures=True)
    return sorted(outcomes, key=lambda outcome: outcome.person)


def attack_hub(template: Settings, numbers: range, days: int, seed: int) -> list[Outcome]:
    """Make a hub for some people, fill it, look at it four times, and attack each of them."""
    name = f"hub_{numbers.start}"
    with hub_of(template, name, seed) as settings, owner_of(settings) as owner, viewer_of(settings) as viewer:
        residents = [_settle(owner, number, days, seed) for number in numbers]
        late = _late_hours(Random(f"{seed} {name} late"), days)
        everything = [event for resident in residents for event in resident.events]
        store(owner, [event for event in everything if _block(event) not in late])
        _look(viewer, residents)
        store(owner, [event for event in everything if _block(event) in late])
        _look(viewer, residents)
        zones = [_zone(owner, resident.person) for resident in residents]
        for resident in residents:
            draw_again(owner, resident.person)
        publish(owner)
        _look(viewer, residents)
        for resident in residents:
            redraw(owner, resident.person, _grown(resident.person, 1.2))
        publish(owner)
        _look(viewer, residents)
        for resident in residents:
            redraw(owner, resident.person, resident.person.area)
        publish(owner)
        probed = [_probe(owner, viewer, resident) for resident in residents]
    return [_outcome(*each, seed) for each in zip(residents, zones, probed, strict=True)]


def _probe(owner: Connection, viewer: Connection, resident: Resident) -> dict[str, dict[str, Points]]:
    """Ask both ways of hiding where the zone is, from what the second look says of where to begin."""
    found = {}
    for schema, looks in resident.looks.items():
        device_id = lend_token(owner, resident.person, schema)
        look, rules = looks[1], RULES[schema]
        found[schema] = dict(
            probe(owner, viewer, schema, device_id, resident.person, begin(look, rules), look.plane, rules)
            if len(look.fixes) >= FEWEST_FIXES and resident.person.number % PROBED_EVERY == 0
            else {}
        )
    return found


def _settle(owner: Connection, number: int, days: int, seed: int) -> Resident:
    draw = Random(f"{seed} person {number}")
    person = Person.drawn(number, draw)
    life = Living(person, draw).live(days)
    device_id = move_in(owner, person)
    return Resident(
        person, life, device_id, events(person, report(person, life, draw), device_id, FIRST_MIDNIGHT),
        {HUB: [], NAIVE: []},
    )  # fmt: skip


def _late_hours(draw: Random, days: int) -> set[int]:
    """Choose stretches of three hours whose events come only after the first look."""
    first = FIRST_MIDNIGHT // LATE_SECONDS
    return {block for block in range(first, first + days * 8 + 8) if draw.random() < LATE_SHARE}


def _block(event: StoredEvent) -> int:
    return event.device_time // 1_000_000 // LATE_SECONDS


def _look(viewer: Connection, residents: Sequence[Resident]) -> None:
    for resident in residents:
        for schema, looks in resident.looks.items():
            plane = looks[0].plane if looks else None
            # Only the second look is asked for more than places.
            looks.append(look(viewer, schema, resident.device_id, plane, places_only=len(looks) != 1))


def _zone(owner: Connection, person: Person) -> dict[str, float]:
    return dict(owner.execute(statement("zone"), {"name": f"home {person.number}"}).fetchone() or {})


def _grown(person: Person, factor: float) -> Points:
    middle = person.area.mean(axis=0)
    return np.asarray(middle + factor * (person.area - middle))


def _outcome(resident: Resident, zone: dict[str, float], probed: dict[str, dict[str, Points]], seed: int) -> Outcome:
    person = resident.person
    sides = [
        Side(
            misses(person, looks, RULES[schema], probed[schema]),
            silences(looks[1], resident.life, FIRST_MIDNIGHT, seed + person.number),
        )
        for schema, looks in resident.looks.items()
    ]
    return Outcome(
        person.number, len(resident.events), person.clock.is_wrong, random_misses(person, zone, seed + person.number),
        switched_off(resident.life, FIRST_MIDNIGHT, seed + person.number), *sides,
    )  # fmt: skip
