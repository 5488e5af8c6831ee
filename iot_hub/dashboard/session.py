"""What holds for one visitor's page: as whom to read, in which language and zone, on which ground."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.chart_specs import Figure
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.palette import Palette, palette
from iot_hub.dashboard.time_range import Span
from iot_hub.dashboard.translations import Texts, choose_language
from iot_hub.database.audiences import Audience
from iot_hub.settings import Settings


@dataclass(frozen=True)
class Visit:
    """A visitor's page."""

    audience: Audience
    texts: Texts
    colours: Palette
    tiles: str | None

    def rows(self, statement: str, **values: object) -> list[Row]:
        """Give the rows of a named statement, a few seconds old at most."""
        return data.recent(self.audience, statement, **values)

    def rows_of(self, figure: Figure, device: int, span: Span) -> list[Row]:
        """Give the rows of a figure of a device in a span, cut into the span's steps."""
        # An hour is cut in UTC: where zones are half hours off, the owner's hours are not the roll-ups'.
        zone = self.texts.zone.key if span.step == "day" else "UTC"
        return self.rows(
            figure.statement,
            device=device,
            metric=figure.metric,
            since=span.since,
            until=span.until,
            step=span.step,
            zone=zone,
        )


def begin(settings: Settings, audience: Audience) -> Visit:
    """Begin an audience's visit with what the address and the browser say."""
    language = choose_language(st.query_params.get("lang"), settings.language, st.context.locale)
    return Visit(
        audience=audience,
        texts=Texts(language, settings.zone),
        colours=palette(st.context.theme.type),
        tiles=settings.map_tiles,
    )


def now() -> datetime:
    """Give the current instant."""
    return datetime.now(UTC)
