"""Charts over time in Vega-Lite: the rows, and the specification that draws them.

They travel apart: the specification changes only once an hour, so a live page is updated instead of redrawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from iot_hub.dashboard.charts.catalogue import ChartDefinition
from iot_hub.dashboard.charts.points import Point, lone_runs, step_label
from iot_hub.dashboard.charts.time_axis import Tick, day_rules, ticks
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator

Spec = dict[str, Any]


def rows(points: Sequence[Point], texts: Translator) -> list[dict[str, object]]:
    """Return the rows to draw; instants are milliseconds since 1970, which no browser's time zone can shift."""
    lone = lone_runs(points)
    return [
        {
            "start": milliseconds(point.start),
            "end": milliseconds(point.end),
            "when": step_label(point.start, point.end, texts),
            "run": point.run,
            "lone": point.run in lone,
            "low": float(point.values[0]),
            "value": float(point.values[len(point.values) // 2]),
            "high": float(point.values[-1]),
        }
        for point in points
    ]


def milliseconds(at: datetime) -> float:
    """Return an instant as milliseconds since 1970."""
    return at.timestamp() * 1000


def specification(
    definition: ChartDefinition,
    time_range: TimeRange,
    texts: Translator,
    palette: Palette,
    series: Sequence[str] = (),
) -> Spec:
    """Return the specification of a chart. Its rows may be of several series, each the number of its name here."""
    marks = _band(palette, series) if definition.is_band or series else _bars(palette)
    tooltips = _tooltips_of_series if series else _tooltips
    return {
        "height": definition.height,
        "padding": {"top": 6, "right": 8, "bottom": 4, "left": 0},
        "params": [_hover()],
        # What follows from other fields is not sent.
        "transform": [
            {"calculate": "(datum.start + datum.end) / 2", "as": "middle"},
            {"calculate": "datum.end - 0.1 * (datum.end - datum.start)", "as": "bar_end"},
        ],
        "encoding": {
            "x": {"type": "quantitative", "title": None} | _time_axis(time_range, texts),
            "y": {"type": "quantitative", "scale": _scale(definition), "title": None, "axis": _value_axis(definition)},
        },
        "layer": [_rules(time_range, texts, palette), *marks, tooltips(definition, texts, palette, series)],
        "config": {
            "locale": {"number": texts.number_locale},
            "view": {"stroke": None},
            "axis": {"labelColor": palette.ink},
        },
    }


def timeline(names: Sequence[str], time_range: TimeRange, texts: Translator, palette: Palette) -> Spec:
    """Return the specification of states over time, a line each, darker the more of a step they lasted."""
    labels = json.dumps({str(number): name for number, name in enumerate(names)}, ensure_ascii=False)
    tooltip = [
        {"field": "when", "type": "nominal", "title": texts("column.time")},
        {"field": "minutes", "type": "quantitative", "title": texts("home.minutes"), "format": ",.0f"},
        {"field": "changes", "type": "quantitative", "title": texts("home.changes"), "format": ",d"},
    ]
    state: Spec = {
        "field": "state",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [str(number) for number in range(len(names))], "paddingInner": 0.25},
        "axis": {"labelExpr": f"{labels}[datum.value]", "labelLimit": 130, "ticks": False, "domain": False},
    }
    share = {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1], "range": [0.1, 1]}, "legend": None}
    return {
        "height": {"step": 24},
        "padding": {"top": 6, "right": 8, "bottom": 4, "left": 0},
        "encoding": {"x": {"type": "quantitative", "title": None} | _time_axis(time_range, texts)},
        "layer": [
            _rules(time_range, texts, palette),
            {
                "mark": {"type": "rect", "color": palette.data},
                "encoding": {
                    "x": {"field": "start"}, "x2": {"field": "end"}, "y": state, "opacity": share, "tooltip": tooltip,
                },
            },
        ],
        "config": {
            "locale": {"number": texts.number_locale},
            "view": {"stroke": None},
            "axis": {"labelColor": palette.ink},
        },
    }  # fmt: skip


def stacked_months(
    months: Sequence[str], names: Mapping[str, str], colours: Sequence[str], texts: Translator, palette: Palette
) -> Spec:
    """Return the specification of a bar per month, stacked by series. A click in the legend shows one alone."""
    labels = {month: texts.format_month_name(int(month[-2:])) for month in months}
    looked_up = json.dumps(names, ensure_ascii=False)
    return {
        "height": 260,
        "padding": {"top": 6, "right": 8, "bottom": 4, "left": 0},
        "params": [{"name": "chosen", "select": {"type": "point", "fields": ["mode"]}, "bind": "legend"}],
        "transform": [
            {"filter": {"param": "chosen"}},
            {"calculate": f"{looked_up}[datum.mode]", "as": "name"},
            {"calculate": f"indexof({json.dumps(list(names))}, datum.mode)", "as": "order"},
        ],
        "mark": {"type": "bar", "cornerRadius": 1},
        "encoding": {
            "x": {
                "field": "month",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(months), "paddingInner": 0.25},
                "axis": {
                    "labelExpr": f"{json.dumps(labels, ensure_ascii=False)}[datum.value]", "labelAngle": 0,
                    "labelOverlap": "greedy", "ticks": False,
                },
            },
            "y": {
                "field": "km", "type": "quantitative", "stack": "zero", "title": None,
                "axis": {"tickCount": 5, "format": ",~f", "minExtent": 44},
            },
            "color": {
                "field": "mode",
                "type": "nominal",
                "scale": {"domain": list(names), "range": list(colours)},
                "legend": {
                    "title": None, "orient": "top", "columns": 3, "labelColor": palette.ink, "symbolType": "square",
                    "labelExpr": f"{looked_up}[datum.value]",
                },
            },
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": [
                {"field": "month", "type": "nominal", "title": texts("statistics.column.month")},
                {"field": "name", "type": "nominal", "title": texts("statistics.column.mode")},
                {"field": "km", "type": "quantitative", "title": "km", "format": ",.1f"},
            ],
        },
        "config": {
            "locale": {"number": texts.number_locale},
            "view": {"stroke": None},
            "axis": {"labelColor": palette.ink},
        },
    }  # fmt: skip


def strip(unit: str, decimals: int, time_range: TimeRange, texts: Translator, palette: Palette, *, zero: bool) -> Spec:
    """Return the specification of a low chart of one figure over time: several below each other have one time axis."""
    return {
        "height": 90,
        "padding": {"top": 6, "right": 8, "bottom": 2, "left": 0},
        "encoding": {
            "x": {"field": "at", "type": "quantitative", "title": None} | _time_axis(time_range, texts),
            "y": {
                "field": "value", "type": "quantitative", "title": None, "scale": {"zero": zero, "nice": True},
                "axis": {"tickCount": 3, "format": ",~f", "minExtent": 52, "labelFlush": False},
            },
        },
        "layer": [
            {
                "mark": {"type": "line", "color": palette.data, "strokeWidth": 1.6},
                "encoding": {"detail": {"field": "run", "type": "nominal"}},
            },
            {
                "params": [
                    {
                        "name": "hover",
                        "select": {
                            "type": "point", "on": "pointerover", "clear": "pointerout", "nearest": True,
                            "encodings": ["x"],
                        },
                    }
                ],
                "mark": {"type": "point", "filled": True, "size": 30, "color": palette.last},
                "encoding": {
                    "opacity": {"condition": {"param": "hover", "empty": False, "value": 1}, "value": 0},
                    "tooltip": [
                        {"field": "when", "type": "nominal", "title": texts("column.time")},
                        {"field": "value", "type": "quantitative", "title": unit, "format": f",.{decimals}f"},
                    ],
                },
            },
        ],
        "config": {
            "locale": {"number": texts.number_locale},
            "view": {"stroke": None},
            "axis": {"labelColor": palette.ink},
        },
    }  # fmt: skip


def scatter(units: Mapping[str, str], texts: Translator, palette: Palette) -> Spec:
    """Return the specification of what drives used over the temperature outside, a point each, by kind of energy."""
    looked_up = json.dumps(dict(units), ensure_ascii=False)
    return {
        "height": 260,
        "padding": {"top": 6, "right": 8, "bottom": 4, "left": 0},
        "transform": [{"calculate": f"{looked_up}[datum.kind]", "as": "unit"}],
        "mark": {"type": "point", "filled": True, "opacity": 0.65},
        "encoding": {
            "x": {
                "field": "temperature", "type": "quantitative", "title": "°C", "scale": {"zero": False, "nice": True},
                "axis": {"tickCount": 7, "format": ",~f", "grid": False, "titleColor": palette.ink},
            },
            "y": {
                "field": "value", "type": "quantitative", "title": None, "scale": {"zero": True, "nice": True},
                "axis": {"tickCount": 5, "format": ",~f", "minExtent": 44},
            },
            "size": {
                "field": "km", "type": "quantitative", "legend": None,
                "scale": {"type": "sqrt", "range": [20, 220]},
            },
            "color": {
                "field": "kind", "type": "nominal",
                "scale": {"domain": list(units), "range": list(palette.series[: len(units)])},
                "legend": {
                    "title": None, "orient": "top", "labelColor": palette.ink,
                    "labelExpr": f"{looked_up}[datum.value]",
                },
            },
            "tooltip": [
                {"field": "when", "type": "nominal", "title": texts("column.time")},
                {"field": "temperature", "type": "quantitative", "title": "°C", "format": ",.1f"},
                {"field": "value", "type": "quantitative", "title": texts("car.consumption_value"), "format": ",.1f"},
                {"field": "unit", "type": "nominal", "title": texts("car.unit")},
                {"field": "km", "type": "quantitative", "title": "km", "format": ",.1f"},
            ],
        },
        "config": {
            "locale": {"number": texts.number_locale},
            "view": {"stroke": None},
            "axis": {"labelColor": palette.ink},
        },
    }  # fmt: skip


def _value_axis(definition: ChartDefinition) -> Spec:
    # Equally wide in every chart, so that the charts of a column line up.
    axis: Spec = {"tickCount": 5, "format": ",~f", "minExtent": 44, "labelFlush": False}
    return axis if definition.is_band or definition.decimals else axis | {"tickMinStep": 1}


def _scale(definition: ChartDefinition) -> Spec:
    scale: Spec = {"zero": definition.from_zero, "nice": True}
    return scale | ({"domain": definition.limits} if definition.limits else {})


def _time_axis(time_range: TimeRange, texts: Translator) -> Spec:
    labels = {str(int(milliseconds(tick.at))): _label(tick, texts) for tick in ticks(time_range, texts.zone)}
    return {
        "scale": {
            "domain": [milliseconds(time_range.since), milliseconds(time_range.until)],
            "nice": False,
            "zero": False,
        },
        "axis": {
            "values": [int(at) for at in labels],
            # Looked up rather than formatted: the browser's time zone must not change a label.
            "labelExpr": f"{json.dumps(labels, ensure_ascii=False)}[toString(datum.value)]",
            "labelOverlap": "greedy",
            "labelSeparation": 4,
            "labelFlush": False,
            "grid": False,
        },
    }


def _label(tick: Tick, texts: Translator) -> str:
    local = tick.at.astimezone(texts.zone)
    return texts.format_day(local) if tick.is_day else f"{local:%H:%M}"


def _rules(time_range: TimeRange, texts: Translator, palette: Palette) -> Spec:
    return {
        "data": {"values": [{"start": milliseconds(at)} for at in day_rules(time_range, texts.zone)]},
        "mark": {"type": "rule", "strokeDash": [3, 4], "color": palette.rule, "opacity": 0.55},
        "encoding": {"x": {"field": "start"}, "y": None},
    }


def _band(palette: Palette, series: Sequence[str] = ()) -> list[Spec]:
    # Straight lines: a curve would bulge to values that nobody measured.
    run = {"field": "run", "type": "nominal"}
    lone = [{"filter": "datum.lone"}]
    colour = {"color": _colours(palette, series)} if series else {}
    return [
        {
            # Many bands over each other would hide the lines.
            "mark": {"type": "area", "color": palette.data, "opacity": 0.1 if series else 0.22},
            "encoding": {
                "x": {"field": "middle"}, "y": {"field": "low"}, "y2": {"field": "high"}, "detail": run,
            } | colour,
        },
        {
            "mark": {"type": "line", "color": palette.data, "strokeWidth": 1.8},
            "encoding": {"x": {"field": "middle"}, "y": {"field": "value"}, "detail": run} | colour,
        },
        {
            "transform": lone,
            "mark": {"type": "rule", "color": palette.data, "opacity": 0.4, "strokeWidth": 3},
            "encoding": {"x": {"field": "middle"}, "y": {"field": "low"}, "y2": {"field": "high"}} | colour,
        },
        {
            "transform": lone,
            "mark": {"type": "point", "filled": True, "color": palette.data, "size": 22, "opacity": 1},
            "encoding": {"x": {"field": "middle"}, "y": {"field": "value"}} | colour,
        },
    ]  # fmt: skip


def _colours(palette: Palette, series: Sequence[str]) -> Spec:
    names = {str(number): name for number, name in enumerate(series)}
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": list(names), "range": list(palette.series)},
        # Looked up: a name may hold what Vega would read as a path or an expression.
        "legend": {
            "title": None,
            "orient": "top",
            "columns": 4,
            "symbolType": "stroke",
            "symbolStrokeWidth": 3,
            "symbolOpacity": 1,
            "labelColor": palette.ink,
            "labelExpr": f"{json.dumps(names, ensure_ascii=False)}[datum.value]",
        },
    }


def _bars(palette: Palette) -> list[Spec]:
    return [
        {
            "mark": {"type": "rect", "color": palette.data, "opacity": 0.85},
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
        "name": "hovered",
        "select": {"type": "point", "on": "pointerover", "clear": "pointerout", "fields": ["start"]},
        "views": ["tooltips"],
    }


def _tooltips_of_series(
    definition: ChartDefinition, texts: Translator, palette: Palette, series: Sequence[str]
) -> Spec:
    """Return the invisible columns that show a step's averages of all series."""
    columns = _columns(palette)
    columns["transform"] = [{"pivot": "series", "value": "value", "groupby": ["start", "end", "when"]}]
    columns["encoding"]["tooltip"] = [{"field": "when", "type": "nominal", "title": texts("column.time")}] + [
        {"field": str(number), "type": "quantitative", "title": name, "format": f",.{definition.decimals}f"}
        for number, name in enumerate(series)
    ]
    return columns


def _tooltips(definition: ChartDefinition, texts: Translator, palette: Palette, _series: Sequence[str]) -> Spec:
    """Return the invisible columns that show a step's values to a pointer anywhere above it."""
    numbers = {"low": "min", "value": "avg", "high": "max"} if definition.is_band else {"value": definition.columns[0]}
    unit = f" [{definition.unit}]" if definition.unit else ""
    tooltip = [{"field": "when", "type": "nominal", "title": texts("column.time")}]
    tooltip += [
        {"field": field, "type": "quantitative", "title": texts(f"column.{name}") + unit,
         "format": f",.{definition.decimals}f"}
        for field, name in numbers.items()
    ]  # fmt: skip
    columns = _columns(palette)
    columns["encoding"]["tooltip"] = tooltip
    return columns


def _columns(palette: Palette) -> Spec:
    return {
        "name": "tooltips",
        "mark": {"type": "rect", "color": palette.rule},
        "encoding": {
            "x": {"field": "start"},
            "x2": {"field": "end"},
            "y": {"value": 0},
            "y2": {"value": "height"},
            "opacity": {"condition": {"param": "hovered", "empty": False, "value": 0.16}, "value": 0},
        },
    }
