"""Which charts a device has on its page, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from iot_hub.dashboard.charts.catalogue import CHARTS, EVENTS, ChartDefinition

_BESIDE_MAP = replace(EVENTS, height=340)
_OF_THE_BATTERY = "battery."
_OF_THE_DEVICE_ITSELF = (_OF_THE_BATTERY, "location.")


@dataclass(frozen=True)
class Layout:
    """The map comes first, if it is shown; ``folded`` charts wait until the visitor opens them."""

    has_map: bool
    charts: tuple[ChartDefinition, ...]
    folded: tuple[ChartDefinition, ...]


def arrange(filled: Collection[ChartDefinition], has_positions: bool, metrics: Sequence[ChartDefinition]) -> Layout:
    """Arrange a device's map, its charts, of which some are filled, and the charts of its metrics.

    A phone keeps its map and the five charts. For any other device what it measures comes before
    them, and only the state of its own battery and position is folded. Where there are metrics to
    see, no chart is shown empty.
    """
    if not metrics:
        return Layout(True, (_BESIDE_MAP, *CHARTS[1:]), ())
    rest = tuple(chart for chart in CHARTS[1:] if chart in filled)
    is_phone = has_positions and any((chart.metric or "").startswith(_OF_THE_BATTERY) for chart in rest)
    own = () if is_phone else tuple(chart for chart in metrics if not _is_of_the_device_itself(chart))
    folded = tuple(chart for chart in metrics if chart not in own)
    if has_positions:
        return Layout(True, (_BESIDE_MAP, *own, *rest), folded)
    return Layout(False, (*own, EVENTS, *rest), folded)


def _is_of_the_device_itself(chart: ChartDefinition) -> bool:
    return (chart.metric or "").startswith(_OF_THE_DEVICE_ITSELF)
