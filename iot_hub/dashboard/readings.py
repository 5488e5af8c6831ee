"""What a device measured in a range of time: the rows behind its charts and its map."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.catalogue import ChartDefinition
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.time_range import HOUR, TimeRange, now, rolling
from iot_hub.database.audiences import Audience

TRACK_GAP = "30 min"
MAX_POSITIONS = 5000


@dataclass(frozen=True)
class Readings:
    """The readings of a device that an audience may see, each fetched when it is first needed."""

    audience: Audience
    device: int
    time_range: TimeRange
    zone: ZoneInfo
    _rows: dict[tuple[str, str | None], list[Row]] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, chart: ChartDefinition) -> list[Row]:
        """Return the rows of a chart, one per step of the range that has any."""
        key = chart.statement, chart.metric
        if key not in self._rows:
            self._rows[key] = self._fetch(chart)
        return self._rows[key]

    def has_values(self, chart: ChartDefinition) -> bool:
        """Return whether a chart has anything to draw."""
        return any(row[chart.columns[0]] is not None for row in self.rows(chart))

    @cached_property
    def track(self) -> list[Row]:
        """The device's positions in order of time, thinned to what a map can show."""
        return fetch_track(self.audience, self.device, self.time_range)

    @cached_property
    def has_positions(self) -> bool:
        """Whether there is a position in the range."""
        return bool(self.track)

    @cached_property
    def metrics(self) -> list[Row]:
        """The metrics that the device has in the range."""
        since, until = self.time_range.since, self._until
        return data.recent(self.audience, "dashboard_metrics", device=self.device, since=since, until=until)

    @property
    def _until(self) -> datetime:
        """The end of the range or of the current hour: a clock that is ahead reports what has not happened yet."""
        return min(self.time_range.until, rolling(HOUR, now()).until)

    def _fetch(self, chart: ChartDefinition) -> list[Row]:
        step = self.time_range.step
        return data.recent(
            self.audience,
            chart.statement,
            device=self.device,
            metric=chart.metric,
            since=self.time_range.since,
            until=self._until,
            step=step,
            # Hours are UTC hours, both parts of one together: in zones off by half an hour the owner's hours differ.
            zone=self.zone.key if step == "day" else "UTC",
        )


def fetch_track(audience: Audience, device: int, time_range: TimeRange, most: int = MAX_POSITIONS) -> list[Row]:
    """Return a device's positions in a range, evenly thinned."""
    return data.recent(
        audience,
        "dashboard_track",
        device=device,
        since=time_range.since,
        until=time_range.until,
        gap=TRACK_GAP,
        most=most,
    )
