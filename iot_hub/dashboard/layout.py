"""Which pictures a device has on the page, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from iot_hub.dashboard.chart_specs import EVENTS, FIGURES, Figure

_BESIDE_MAP = replace(EVENTS, height=340)
_BATTERY = "dashboard_battery"
_OF_THE_DEVICE_ITSELF = ("battery.", "location.")


@dataclass(frozen=True)
class Layout:
    """The map comes first, if it is shown; ``more`` is folded until the visitor opens it."""

    has_map: bool
    figures: tuple[Figure, ...]
    more: tuple[Figure, ...]


def layout(filled: Collection[Figure], has_positions: bool, metrics: Sequence[Figure]) -> Layout:
    """Arrange the six pictures, of which some are filled, and those of the metrics that a device has.

    A phone's page stays with the six. Of anything else, what it measures comes before them; only
    the state of its own battery and position is folded. Where there are metrics to see, no picture
    is shown empty.
    """
    if not metrics:
        return Layout(True, (_BESIDE_MAP, *FIGURES[1:]), ())
    rest = tuple(figure for figure in FIGURES[1:] if figure in filled)
    is_phone = has_positions and any(figure.statement == _BATTERY for figure in rest)
    own = () if is_phone else tuple(figure for figure in metrics if not _is_of_the_device_itself(figure))
    more = tuple(figure for figure in metrics if figure not in own)
    if has_positions:
        return Layout(True, (_BESIDE_MAP, *own, *rest), more)
    return Layout(False, (*own, EVENTS, *rest), more)


def _is_of_the_device_itself(figure: Figure) -> bool:
    return (figure.metric or "").startswith(_OF_THE_DEVICE_ITSELF)
