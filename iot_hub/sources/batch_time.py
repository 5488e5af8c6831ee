"""The time of readings that have none that can be true, by the others of their body.

A phone whose clock is wrong queues readings for hours, and sends them at once: dated by the receipt they would all be
of one instant. Their clock runs right even where it is set wrong, so it says how far apart they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from iot_hub.event import Event, ParseResult
from iot_hub.sources.event_time import LONGEST_QUEUE
from iot_hub.sources.parse_context import ParseContext
from iot_hub.timestamps import SECOND, Microseconds

RECEIVED = b'{"time_source":"received",'
"""How the properties of an event begin that its receipt dates."""

_BATCH = b'{"time_source":"batch",'


class UndatedEvent(Event, frozen=True, gc=False):
    """An event that its receipt dates, unless the others of its body do. ``clock`` is what its device's clock said."""

    clock: Microseconds | None = None


def date_by_batch(items: list[ParseResult], context: ParseContext, *, is_ordered: bool = True) -> list[ParseResult]:
    """Date the undated events of a body by its other events of the same device.

    Between two dated events they are spread evenly. With one on one side only, they are a second and more away from it.
    Without any, the newest is of the receipt. In the last two cases they keep the spacing of their clock. In a body
    that is not ordered, the others say nothing.
    """
    if UndatedEvent not in map(type, items):
        return items
    dated: dict[int, Microseconds | None] = {}
    for places in _by_device(items):
        if not is_ordered:
            undated = [place for place in places if type(items[place]) is UndatedEvent]
            dated |= zip(undated, _times(_clocks(items, undated), None, None, context), strict=True)
            continue
        runs = [list(run) for _, run in groupby(places, lambda place: type(items[place]) is UndatedEvent)]
        for number, run in enumerate(runs):
            if type(items[run[0]]) is not UndatedEvent:
                continue
            before = _time(items[runs[number - 1][-1]]) if number else None
            after = _time(items[runs[number + 1][0]]) if number + 1 < len(runs) else None
            dated |= zip(run, _times(_clocks(items, run), before, after, context), strict=True)
    return [_dated(item, dated.get(place)) for place, item in enumerate(items)]


def _by_device(items: Sequence[ParseResult]) -> Iterable[list[int]]:
    """Return the places of the events of each device."""
    places: dict[int | str | None, list[int]] = {}
    for place, item in enumerate(items):
        if isinstance(item, Event):
            places.setdefault(item.device, []).append(place)
    return places.values()


def _clocks(items: Sequence[ParseResult], places: Iterable[int]) -> list[Microseconds | None]:
    return [getattr(items[place], "clock", None) for place in places]


def _time(item: ParseResult) -> Microseconds | None:
    return item.device_time if isinstance(item, Event) else None


def _times(
    clocks: Sequence[Microseconds | None],
    before: Microseconds | None,
    after: Microseconds | None,
    context: ParseContext,
) -> list[Microseconds | None]:
    """Return the times of consecutive events that have none; None for each that only its receipt dates."""
    count = len(clocks)
    if before is not None and after is not None:
        return [before + (after - before) * (number + 1) // (count + 1) for number in range(count)]
    spacing = _spacing(clocks, context)
    if before is not None:
        steps = spacing or [number * SECOND for number in range(count)]
        return [min(before + SECOND + step, max(before, context.received_at)) for step in steps]
    if after is not None:
        steps = spacing or [number * SECOND for number in range(count)]
        return [after - SECOND - (max(steps) - step) for step in steps]
    if spacing is None or count == 1:
        return [None] * count
    return [context.received_at - (max(spacing) - step) for step in spacing]


def _spacing(clocks: Sequence[Microseconds | None], context: ParseContext) -> list[Microseconds] | None:
    """Return how long after the earliest each was measured, by a clock that is wrong by the same for all of them."""
    known = [clock for clock in clocks if clock is not None]
    if not known or len(known) < len(clocks):
        return None
    first, last = min(known), max(known)
    is_one_clock = (first > context.latest) == (last > context.latest)
    return [clock - first for clock in known] if is_one_clock and last - first <= LONGEST_QUEUE else None


def _dated(item: ParseResult, time: Microseconds | None) -> ParseResult:
    if type(item) is not UndatedEvent:
        return item
    if time is None:
        return Event(item.device, item.device_time, item.properties, item.source, "received", item.warning)
    properties = _BATCH + item.properties.removeprefix(RECEIVED)
    return Event(item.device, time, properties, item.source, "batch", item.warning)
