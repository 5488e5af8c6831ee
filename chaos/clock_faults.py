"""Faults of clocks: a device's, and the hub's own."""

from __future__ import annotations

import time
from random import Random

from chaos.clients import JUMPS
from chaos.faults import World

HOUR = 3_600
DAY = 24 * HOUR
HUB_JUMPS = (-20 * HOUR, HOUR, 3 * DAY, 400 * DAY, 20 * 365 * DAY)
"""How far the hub's clock may be off, in seconds. A hub that is more than a day behind refuses true
times as lying in the future (422, kept in quarantine): that is no fault to survive but the rule."""


def device_clock_jumped(world: World, random: Random) -> None:
    """Set a device's clock wrong by hours or years, and right again."""
    client = random.choice(list(world.clients))
    client.set_clock(random.choice(JUMPS))
    time.sleep(random.uniform(0.2, 1))
    client.set_clock(0)


def hub_clock_jumped(world: World, random: Random) -> None:
    """Set the clock of API, worker and second receiver wrong by hours or years, and right again.

    Meanwhile a device sends true times, so that the two disagree; sometimes the nightly archive is written with the
    wrong clock, by which unfinished days look finished.
    """
    client = random.choice(list(world.clients))
    try:
        client.set_to_present()
        with world.clock.jumped(random.choice(HUB_JUMPS)):
            if random.random() < 0.5:
                # Whether it gets through is a matter of the other faults.
                world.hub.run_command("archive", "run", clock=world.clock)
            time.sleep(random.uniform(0.3, 2))
    finally:
        client.set_clock(0)
