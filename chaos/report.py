"""What a campaign found, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from chaos.ledger import Tally


@dataclass
class Line:
    """What one kind of fault did. Rounds of several faults count for each of their kinds."""

    injected: int = 0
    survived: int = 0
    acknowledged: int = 0
    retries: int = 0
    longest_recovery: float = 0.0


@dataclass
class Report:
    """A campaign's figures."""

    seed: int
    lines: dict[str, Line] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    events: int = 0
    spooled: int = 0
    retries: int = 0
    seconds: float = 0.0

    def note(self, kinds: list[str], happened: Tally, recovery: float, survived: bool) -> None:
        """Add a round."""
        for kind in kinds:
            line = self.lines.setdefault(kind, Line())
            line.injected += 1
            line.survived += survived
            line.acknowledged += happened.acknowledged
            line.retries += happened.retries
            line.longest_recovery = max(line.longest_recovery, round(recovery, 1))

    @property
    def injected(self) -> int:
        """How many faults there were."""
        return sum(line.injected for line in self.lines.values())

    @property
    def survived(self) -> int:
        """How many of them broke no promise."""
        return sum(line.survived for line in self.lines.values())

    def as_data(self) -> Mapping[str, Any]:
        """Return everything for JSON."""
        return {**asdict(self), "injected": self.injected, "survived": self.survived}

    def as_text(self) -> str:
        """Write a table in Markdown, and the sums."""
        rows = [
            f"| {kind} | {line.injected} | {line.survived} | {line.acknowledged} | {line.retries}"
            f" | {line.longest_recovery:.1f} s |"
            for kind, line in sorted(self.lines.items())
        ]
        head = [
            "| fault | injected | survived | events acknowledged | retries | longest recovery |",
            "| --- | --: | --: | --: | --: | --: |",
        ]
        return "\n".join([*head, *rows, "", self._sums(), *[f"BROKEN: {one}" for one in self.violations]])

    def _sums(self) -> str:
        return (
            f"Seed {self.seed}: {self.survived} of {self.injected} faults survived in {self.seconds:.0f} s;"
            f" {self.events} events acknowledged ({self.spooled} by the spool), {self.retries} retries."
        )
