"""What the attacks came to, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from attacks import at_home
from attacks.outcome import ATTACKS, PROBING, WRONG_CLOCKS, Misses, Outcome, Side

LEAST_RATIO = 0.8
NEAR_M = 100.0
MOST_NEAR = 0.05
MOST_ABOVE_CHANCE = 0.05


@dataclass(frozen=True)
class Line:
    """An attack's best variant, which the attacker is given for free: metres, shares."""

    attack: str
    naive_variant: str
    naive_m: float
    naive_ratio: float
    naive_near: float
    hub_variant: str
    hub_m: float
    hub_ratio: float
    hub_near: float

    @property
    def held(self) -> bool:
        """Tell whether the hub reached its goal."""
        return self.hub_ratio >= LEAST_RATIO and self.hub_near < MOST_NEAR

    def as_text(self) -> str:
        """Write a row of a table in Markdown."""
        return (
            f"| {self.attack} | {self.naive_m:,.0f} m | {self.naive_ratio:.2f} | {self.naive_near:.0%}"
            f" | {self.hub_m:,.0f} m | {self.hub_ratio:.2f} | {self.hub_near:.1%} | {_yes(self.held)} |"
        )


@dataclass(frozen=True)
class Report:
    """Everything that was measured."""

    people: int
    days: int
    seed: int
    events: int
    random_m: float
    random_near: float
    lines: Sequence[Line]
    at_home: dict[str, dict[str, float]]
    variants: dict[str, dict[str, dict[str, float]]]

    @property
    def held(self) -> bool:
        """Whether no attack beat the hub."""
        return all(line.held for line in self.lines) and self.at_home_held

    @property
    def at_home_held(self) -> bool:
        """Whether "at home" can hardly be distinguished."""
        hub = self.at_home["hub"]
        return max(hub["rates"], hub["level"], hub["charge"]) <= hub["clock"] + MOST_ABOVE_CHANCE

    def as_data(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {**asdict(self), "held": self.held}

    def as_text(self) -> str:
        """Write the tables of docs/privacy.md."""
        head = [
            "| attack | naive: median miss | of random | within 100 m | hub: median miss | of random"
            " | within 100 m | goal met |",
            "| --- | --: | --: | --: | --: | --: | --: | --- |",
        ]
        return "\n".join([self._sums(), "", *head, *[line.as_text() for line in self.lines], "", *self._at_home()])

    def _sums(self) -> str:
        return (
            f"{self.people} people, {self.days} days, {self.events:,} events, seed {self.seed}. A random guess in the"
            f" zone misses home by {self.random_m:,.0f} m (median); {self.random_near:.1%} are within 100 m."
        )

    def _at_home(self) -> list[str]:
        rows = [
            f"| {words} | {self.at_home['naive'][name]:.1%} | {self.at_home['off'][name]:.1%}"
            f" | {self.at_home['hub'][name]:.1%} | {verdict} |"
            for name, words, verdict in (
                ("clock", "the clock alone (chance)", ""),
                ("level", "e clock, battery, counters", _yes(self.at_home_held)),
                ("rates", "e clock, lengths, rates", _yes(self.at_home_held)),
                ("charge", "e all of these", _yes(self.at_home_held)),
                ("ends", "and where silences begin and end", "not promised"),
                ("stood", "all of these, and whether one stood there", "not promised"),
                ("stayed", "and published stays beside silences", "not promised"),
            )
        ]
        head = "| at home? | naive: right | phone off at home: right | hub: right | goal met |"
        return [head, "| --- | --: | --: | --: | --- |", *rows]


def report(outcomes: Sequence[Outcome], days: int, seed: int) -> Report:
    """Put all people's outcomes together."""
    random = np.concatenate([outcome.random for outcome in outcomes])
    yardstick = float(np.median(random))
    sides = {"naive": [one.naive for one in outcomes], "hub": [one.hub for one in outcomes]}
    # Of all attacks as one, where the clock is wrong.
    wrong = {
        name: [
            Side({WRONG_CLOCKS: _of_all(side.misses)}, side.silent)
            for side, one in zip(side_of, outcomes, strict=True)
            if one.clock_is_wrong
        ]
        for name, side_of in sides.items()
    }
    is_known = any(side.misses[WRONG_CLOCKS] for side in wrong["hub"])
    return Report(
        people=len(outcomes), days=days, seed=seed, events=sum(one.events for one in outcomes),
        random_m=yardstick, random_near=float((random < NEAR_M).mean()),
        lines=[
            *[_line(attack, sides, yardstick) for attack in ATTACKS],
            *([_line(WRONG_CLOCKS, wrong, yardstick)] if is_known else []),
        ],
        at_home={
            "off": at_home.accuracies([outcome.off for outcome in outcomes]),
            **{name: at_home.accuracies([side.silent for side in side_of]) for name, side_of in sides.items()},
        },
        variants={
            name: {attack: dict(sorted(_medians(side_of, attack).items())) for attack in ATTACKS}
            for name, side_of in sides.items()
        },
    )  # fmt: skip


def _of_all(misses: Misses) -> dict[str, float]:
    return {
        f"{attack}: {variant}": metres
        for attack, found in misses.items()
        # Asking a zone does not depend on the phone's clock.
        if attack != PROBING
        for variant, metres in found.items()
    }


def _line(attack: str, sides: dict[str, list[Side]], yardstick: float) -> Line:
    figures: list[Any] = []
    for side_of in (sides["naive"], sides["hub"]):
        medians = _medians(side_of, attack)
        best = min(medians, key=lambda variant: medians[variant])
        # The share of the best variant for it: an attacker may be after hits, not after the median.
        near = max(_near(side_of, attack, variant) for variant in medians)
        figures += [best, medians[best], medians[best] / yardstick, near]
    return Line(attack, *figures)


def _all(side_of: Sequence[Side], attack: str, variant: str) -> list[float]:
    return [side.misses[attack][variant] for side in side_of if variant in side.misses[attack]]


def _medians(side_of: Sequence[Side], attack: str) -> dict[str, float]:
    variants = {variant for side in side_of for variant in side.misses[attack]}
    return {variant: float(np.median(_all(side_of, attack, variant))) for variant in sorted(variants)}


def _near(side_of: Sequence[Side], attack: str, variant: str) -> float:
    return float(np.mean(np.array(_all(side_of, attack, variant)) < NEAR_M))


def _yes(held: bool) -> str:
    return "yes" if held else "NO"
