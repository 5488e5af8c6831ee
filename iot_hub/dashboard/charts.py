"""Pictures over time as Vega-Lite specifications.

The rows travel apart from the specification, which changes once an hour only: a live page is
then updated and not drawn anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from iot_hub.dashboard.chart_specs import Figure
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.series import Point, local_label, lone_runs
from iot_hub.dashboard.time_axis import Tick, day_rules, ticks
from iot_hub.dashboard.time_range import Span
from iot_hub.dashboard.translations import Texts

Spec = dict[str, Any]


def chart_rows(drawn: Sequence[Point], texts: Texts) -> list[dict[str, object]]:
    """Give a chart's rows; instants are milliseconds since 1970, which no browser's clock can bend."""
    lone = lone_runs(drawn)
    return [
        {
            "start": milliseconds(point.start),
            "end": milliseconds(point.end),
            "bar_end": milliseconds(point.end) - 0.1 * (milliseconds(point.end) - milliseconds(point.start)),
            "middle": (milliseconds(point.start) + milliseconds(point.end)) / 2,
            "when": local_label(point, texts),
            "run": point.run,
            "lone": point.run in lone,
            "low": float(point.values[0]),
            "value": float(point.values[len(point.values) // 2]),
            "high": float(point.values[-1]),
        }
        for point in drawn
    ]


def milliseconds(at: datetime) -> float:
    """Write an instant as milliseconds since 1970."""
    return at.timestamp() * 1000


def chart(figure: Figure, span: Span, texts: Texts, colours: Palette) -> Spec:
    """Give the specification of a figure's chart."""
    marks = _band(colours) if figure.is_band else _bars(colours)
    return {
        "height": figure.height,
        "padding": {"top": 6, "right": 8, "bottom": 4, "left": 0},
        "params": [_hover()],
        "encoding": {
            "x": {"type": "quantitative", "title": None} | _time_axis(span, texts),
            "y": {"type": "quantitative", "scale": _scale(figure), "title": None, "axis": _value_axis(figure)},
        },
        "layer": [_rules(span, texts, colours), *marks, _reader(figure, texts, colours)],
        "config": {
            "locale": {"number": texts.number_locale},
            "view": {"stroke": None},
            "axis": {"labelColor": colours.ink},
        },
    }


def _value_axis(figure: Figure) -> Spec:
    # As wide in every chart, so that the charts of a column stand in line.
    axis: Spec = {"tickCount": 5, "format": ",~f", "minExtent": 44, "labelFlush": False}
    return axis if figure.is_band else axis | {"tickMinStep": 1}


def _scale(figure: Figure) -> Spec:
    scale: Spec = {"zero": figure.from_zero, "nice": True}
    return scale | ({"domain": figure.limits} if figure.limits else {})


def _time_axis(span: Span, texts: Texts) -> Spec:
    labels = {str(int(milliseconds(tick.at))): _label(tick, texts) for tick in ticks(span, texts.zone)}
    return {
        "scale": {"domain": [milliseconds(span.since), milliseconds(span.until)], "nice": False, "zero": False},
        "axis": {
            "values": [int(at) for at in labels],
            # Looked up, not formatted: the browser's zone has no say in what an instant is called.
            "labelExpr": f"{json.dumps(labels, ensure_ascii=False)}[toString(datum.value)]",
            "labelOverlap": "greedy",
            "labelSeparation": 4,
            "labelFlush": False,
            "grid": False,
        },
    }


def _label(tick: Tick, texts: Texts) -> str:
    local = tick.at.astimezone(texts.zone)
    return texts.day(local) if tick.is_day else f"{local:%H:%M}"


def _rules(span: Span, texts: Texts, colours: Palette) -> Spec:
    return {
        "data": {"values": [{"start": milliseconds(at)} for at in day_rules(span, texts.zone)]},
        "mark": {"type": "rule", "strokeDash": [3, 4], "color": colours.rule, "opacity": 0.55},
        "encoding": {"x": {"field": "start"}, "y": None},
    }


def _band(colours: Palette) -> list[Spec]:
    # Straight from hour to hour: a curve would bulge to values that nobody measured.
    run = {"field": "run", "type": "nominal"}
    lone = [{"filter": "datum.lone"}]
    return [
        {
            "mark": {"type": "area", "color": colours.data, "opacity": 0.22},
            "encoding": {
                "x": {"field": "middle"}, "y": {"field": "low"}, "y2": {"field": "high"}, "detail": run,
            },
        },
        {
            "mark": {"type": "line", "color": colours.data, "strokeWidth": 1.8},
            "encoding": {"x": {"field": "middle"}, "y": {"field": "value"}, "detail": run},
        },
        {
            "transform": lone,
            "mark": {"type": "rule", "color": colours.data, "opacity": 0.4, "strokeWidth": 3},
            "encoding": {"x": {"field": "middle"}, "y": {"field": "low"}, "y2": {"field": "high"}},
        },
        {
            "transform": lone,
            "mark": {"type": "point", "filled": True, "color": colours.data, "size": 22, "opacity": 1},
            "encoding": {"x": {"field": "middle"}, "y": {"field": "value"}},
        },
    ]  # fmt: skip


def _bars(colours: Palette) -> list[Spec]:
    return [
        {
            "mark": {"type": "rect", "color": colours.data, "opacity": 0.85},
            "encoding": {
                "x": {"field": "start"},
                "x2": {"field": "bar_end"},
                "y": {"field": "value"},
                "y2": {"datum": 0},
            },
        }
    ]


def _hover() -> Spec:
    return {
        "name": "pointed",
        "select": {"type": "point", "on": "pointerover", "clear": "pointerout", "fields": ["start"]},
        "views": ["reader"],
    }


def _reader(figure: Figure, texts: Texts, colours: Palette) -> Spec:
    """Give the invisible columns that say what a step holds to a pointer anywhere above it."""
    numbers = {"low": "min", "value": "avg", "high": "max"} if figure.is_band else {"value": figure.columns[0]}
    unit = f" [{figure.unit}]" if figure.unit else ""
    tooltip = [{"field": "when", "type": "nominal", "title": texts("column.time")}]
    tooltip += [
        {"field": field, "type": "quantitative", "title": texts(f"column.{name}") + unit,
         "format": f",.{figure.decimals}f"}
        for field, name in numbers.items()
    ]  # fmt: skip
    return {
        "name": "reader",
        "mark": {"type": "rect", "color": colours.rule},
        "encoding": {
            "x": {"field": "start"},
            "x2": {"field": "end"},
            "y": {"value": 0},
            "y2": {"value": "height"},
            "opacity": {"condition": {"param": "pointed", "empty": False, "value": 0.16}, "value": 0},
            "tooltip": tooltip,
        },
    }
