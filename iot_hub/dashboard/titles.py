"""What a figure is called, and what is said about it."""

from __future__ import annotations

from iot_hub.dashboard.chart_specs import Figure
from iot_hub.dashboard.translations import Texts

_WRITTEN = {"%": "percent", "°C": "C", "µg/m³": "ugm3"}
"""Units as a metric's name ends in them, where leaving out the stroke is not enough."""


def title(figure: Figure, texts: Texts) -> str:
    """Name a figure; one of a metric that has no text is named after the metric."""
    if figure.metric is None:
        return texts(f"figure.{figure.key}.title")
    return texts.given(f"metric.{figure.metric}", readable(figure.metric, figure.unit))


def heading(figure: Figure, texts: Texts) -> str:
    """Name a figure and its unit."""
    return f"{title(figure, texts)}, {figure.unit}" if figure.unit else title(figure, texts)


def about(figure: Figure, texts: Texts) -> str:
    """Explain a figure."""
    if figure.metric is None:
        said = texts(f"figure.{figure.key}.about")
    else:
        said = texts.given(f"about.{figure.metric}", texts("card.about_metric", name=figure.metric))
    return f"{said} {texts('card.how_to_read')}" if figure.is_band else said


def readable(metric: str, unit: str) -> str:
    """Turn the name of a metric into words: garden.soil_moisture_percent is "Garden soil moisture"."""
    name = metric.removesuffix(f"_{_WRITTEN.get(unit, unit.replace('/', ''))}")
    words = " ".join(name.replace(".", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]
