"""What holds for one visitor's page: whose data it shows, in which language and time zone, in which colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from iot_hub.dashboard import authorization
from iot_hub.dashboard.palette import Palette, palette_of
from iot_hub.dashboard.translations import Translator, choose_language
from iot_hub.database.audiences import Audience
from iot_hub.settings import Settings

Guard = Callable[[], bool]
"""Return whether the visitor may still see the page. Called on each refresh."""


@dataclass(frozen=True)
class PageContext:
    """The context of a visitor's page."""

    audience: Audience
    texts: Translator
    palette: Palette
    tiles: str | None
    """The address of map tiles; None for the hub's own map."""
    frames_map: bool
    """Whether the map page's map is in the page: the browser asks ``/v1`` for what it shows."""


def page_context(settings: Settings, audience: Audience) -> PageContext:
    """Return the context of a page for an audience, from its address and the browser."""
    language = choose_language(st.query_params.get("lang"), settings.language, st.context.locale)
    return PageContext(
        audience=audience,
        texts=Translator(language, settings.zone),
        palette=palette_of(st.context.theme.type),
        tiles=settings.map_tiles,
        frames_map=_may_ask_api(settings, audience),
    )


def _may_ask_api(settings: Settings, audience: Audience) -> bool:
    # A share link has a precision and a window of its own, of which /v1 knows nothing, and a provider's login is no
    # session of it. Their pages have a map of positions, which come with the page.
    if audience.share_token:
        return False
    is_open = audience.name == "public" and settings.public_dashboard == "yes"
    return is_open or authorization.provider_claims() is None
