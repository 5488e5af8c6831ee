"""The states of the home over time: how much of each hour, or day, each lasted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from iot_hub.dashboard.charts import vega
from iot_hub.dashboard.charts.chart import Chart, Record
from iot_hub.dashboard.charts.points import step_bounds, step_label
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.home_devices import GROUPS
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator
from iot_hub.properties.catalogue import catalogue

STATEMENT = "home_states"
MOST_STATES = 20


@dataclass(frozen=True)
class _Step:
    start: datetime
    end: datetime
    lasted: float
    """Seconds."""
    known: float
    """Seconds of which the state is known."""
    changes: int


@cache
def state_labels(language: str) -> dict[str, str]:
    """Return what the states that are yes or no are called, by group and key."""
    states = [each for each in catalogue() if each.is_state and each.kind == "boolean" and each.group in GROUPS]
    return {f"{each.group}.{each.key}": each.label[language] for each in states}


def state_timeline(rows: Sequence[Row], time_range: TimeRange, texts: Translator, palette: Palette) -> Chart:
    """Build the chart of states that came about in the range, from the rows of its statement."""
    steps = _steps(rows, time_range, texts)
    since, until = texts.format_datetime(time_range.since), texts.format_datetime(time_range.until)
    return Chart(
        key="states",
        title=texts("home.states"),
        description=f"{texts('home.about_states')} {texts('card.about_state')}",
        caption=f"{since} – {until}",
        alt=_alternative(steps, texts),
        rows=[_row(number, step, texts) for number, name in enumerate(steps) for step in steps[name]],
        specification=vega.timeline(tuple(steps), time_range, texts, palette),
        table=partial(_table, steps, texts),
    )


def _steps(rows: Sequence[Row], time_range: TimeRange, texts: Translator) -> dict[str, list[_Step]]:
    labels = state_labels(texts.language)
    found: dict[str, list[_Step]] = {}
    for row in sorted(rows, key=lambda row: (row["name"].casefold(), row["property"], row["started"])):
        start, end = step_bounds(row["started"], time_range, texts)
        step = _Step(start, end, row["lasted"], row["known"], row["changes"])
        found.setdefault(f"{row['name']}: {labels[row['property']]}", []).append(step)
    return found


def _row(number: int, step: _Step, texts: Translator) -> Record:
    return {
        "start": vega.milliseconds(step.start),
        "end": vega.milliseconds(step.end),
        "when": step_label(step.start, step.end, texts),
        "state": str(number),
        "share": step.lasted / step.known,
        "minutes": step.lasted / 60,
        "changes": step.changes,
    }


def _alternative(steps: dict[str, list[_Step]], texts: Translator) -> str:
    """Return the chart in a sentence, for screen readers."""
    parts = [
        texts("home.state_alt", name=name, hours=texts.format_number(sum(step.lasted for step in lasting) / 3600, 1))
        for name, lasting in steps.items()
    ]
    return f"{texts('home.states')}: {'; '.join(parts)}."


def _table(steps: dict[str, list[_Step]], texts: Translator) -> Iterator[Record]:
    for name, lasting in steps.items():
        for step in lasting:
            yield {
                texts("home.state"): name,
                texts("column.time"): step.start.astimezone(texts.zone).isoformat(" ", "minutes"),
                texts("home.minutes"): round(step.lasted / 60, 1),
                texts("home.changes"): step.changes,
                texts("column.time_utc"): step.start.strftime("%Y-%m-%d %H:%MZ"),
            }
