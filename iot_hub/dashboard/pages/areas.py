"""The owner's page of private areas: draw, edit, name and remove them, and see what others see."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.components import (
    area_editor,
    area_proposals,
    areas_preview,
    empty_states,
    flash,
    masking_progress_bar,
    published_stays,
)
from iot_hub.dashboard.components.area_editor import Drawing
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.markdown import escape_markdown
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.translations import Translator
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.errors import DatabaseAwayError, UserError
from iot_hub.privacy import areas
from iot_hub.privacy.area_shapes import Circle
from iot_hub.privacy.areas import DEFAULT_MARGIN_M, MAX_MARGIN_M, MEASURED_MARGIN_M, Connection
from iot_hub.settings import settings

_DRAWING = "area-drawing"


def show(ctx: PageContext) -> None:
    """Show the page."""
    try:
        # Nothing is changed in a callback: those run before the page is authorized.
        with connect(owner_conninfo(settings(), "iot-hub dashboard")) as connection:
            _page(connection, ctx)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)


def _page(connection: Connection, ctx: PageContext) -> None:
    texts = ctx.texts
    known = areas.drawn_areas(connection)
    drawing: Drawing = st.session_state.setdefault(_DRAWING, Drawing(0))
    st.write(texts("areas.about"))
    # Always there, even when empty: otherwise what follows would move up, and the map would lose its drawing.
    with st.container(key="area-flash"):
        flash.show()
    with st.container(key="area-progress"):
        masking_progress_bar.show(connection, texts)
    with st.container(key="area-proposed"):
        proposed = area_proposals.show(connection, texts)
    if proposed:
        _change(connection, texts, partial(areas.add_area, connection, proposed.name, _circle(connection, proposed)))
    map_side, form_side = st.columns([2, 1])
    with map_side, st.container(border=True, key="area-map"):
        ground = areas_preview.ground(ctx, known, area_proposals.proposals_on_map())
        drawn = area_editor.draw(drawing, ground, texts, ctx.palette)
    with form_side:
        _save_form(connection, drawing, drawn, known, texts)
        _plain_form(connection, texts)
    _list(connection, areas.list_areas(connection), known, texts)
    published_stays.show(connection, texts)
    areas_preview.show(ctx)


def _circle(connection: Connection, proposal: area_proposals.Suggestion) -> str:
    return areas.circle(connection, Circle(proposal.latitude, proposal.longitude, proposal.radius_m))


def _change(connection: Connection, texts: Translator, change: Callable[[], object]) -> None:
    """Change the areas, then rerun the page with the result."""
    try:
        change()
        flash.success(texts("areas.done"))
        st.session_state[_DRAWING] = Drawing(st.session_state[_DRAWING].token + 1)
        area_proposals.forget()
        data.recent.clear()
    except UserError as error:
        flash.error(str(error))
    st.rerun()


def _save_form(
    connection: Connection, drawing: Drawing, drawn: Row | None, known: list[Row], texts: Translator
) -> None:
    editing = next((area for area in known if area["name"] == drawing.name), None)
    with st.form(f"area-{drawing.token}", enter_to_submit=True):
        st.header(texts("areas.edit", name=drawing.name) if editing else texts("areas.new"), anchor=False)
        if drawn or not editing:
            st.caption(_drawn(drawn, texts))
        name = st.text_input(
            texts("areas.name"), value=drawing.name or "", max_chars=60, key=f"area-name-{drawing.token}"
        )
        margin = st.number_input(
            texts("areas.margin"), 0.0, MAX_MARGIN_M, editing["margin_m"] if editing else DEFAULT_MARGIN_M,
            step=100.0, format="%.0f", help=texts("areas.margin_help"), key=f"area-margin-{drawing.token}",
        )  # fmt: skip
        st.caption(_margin_effect(margin, texts))
        saved = st.form_submit_button(texts("areas.save"), type="primary", width="stretch")
    if margin < MEASURED_MARGIN_M:
        st.warning(texts("areas.small_margin"))
    if editing and st.button(texts("areas.cancel"), width="stretch"):
        _edit(Drawing(drawing.token + 1))
    if not saved:
        return
    if drawn is None and editing is None:
        flash.error(texts("areas.nothing_drawn"))
        st.rerun()
    _change(connection, texts, partial(_save, connection, editing, drawn, name, margin))


def _save(connection: Connection, editing: Row | None, drawn: Row | None, name: str, margin: float) -> None:
    geojson = _geojson(connection, drawn) if drawn else None
    if editing:
        areas.edit_area(connection, editing["name"], geojson=geojson, margin_m=margin, new_name=name)
    elif geojson:
        areas.add_area(connection, name, geojson, margin)


def _drawn(drawn: Row | None, texts: Translator) -> str:
    if drawn is None:
        return texts("areas.drawn_none")
    if "circle" in drawn:
        return texts("areas.drawn_circle", metres=texts.format_number(drawn["circle"][2], 0))
    # A ring ends with its first corner.
    corners = sum(len(ring) - 1 for rings in drawn["polygons"] for ring in rings)
    return texts("areas.drawn_polygon", corners=texts.format_number(corners, 0))


def _geojson(connection: Connection, drawn: Row) -> str:
    if "circle" in drawn:
        latitude, longitude, radius = drawn["circle"]
        return areas.circle(connection, Circle(latitude, (longitude + 180) % 360 - 180, radius))
    return json.dumps({"type": "MultiPolygon", "coordinates": drawn["polygons"]})


def _margin_effect(margin: float, texts: Translator) -> str:
    least, most = areas.zone_extent_m(margin)
    return texts(
        "areas.reach", least=texts.format_number(round(least, -1), 0), most=texts.format_number(most / 1000, 1)
    )


def _plain_form(connection: Connection, texts: Translator) -> None:
    """Add an area without drawing."""
    with st.expander(texts("areas.plain")), st.form("area-plain"):
        name = st.text_input(texts("areas.name"), key="plain-name", max_chars=60)
        latitude = st.number_input(texts("column.latitude"), -90.0, 90.0, None, format="%.5f")
        longitude = st.number_input(texts("column.longitude"), -180.0, 180.0, None, format="%.5f")
        radius = st.number_input(texts("areas.radius"), 10, 100_000, 100)
        file = st.file_uploader(texts("areas.file"), type=["geojson", "json"])
        saved = st.form_submit_button(texts("areas.add"), width="stretch")
    if not saved:
        return
    if file is not None:
        _change(connection, texts, partial(areas.add_area, connection, name, file.getvalue()))
    if latitude is None or longitude is None:
        flash.error(texts("areas.nothing_given"))
        st.rerun()
    drawn = {"circle": [latitude, longitude, radius]}
    _change(connection, texts, partial(_save, connection, None, drawn, name, DEFAULT_MARGIN_M))


def _edit(drawing: Drawing) -> None:
    st.session_state[_DRAWING] = drawing
    st.rerun()


def _list(connection: Connection, listed: list[Row], known: list[Row], texts: Translator) -> None:
    shapes = {area["name"]: area["geojson"] for area in known}
    with st.container(border=True, key="area-list"):
        st.header(texts("areas.title"), anchor=False)
        if not listed:
            st.caption(texts("areas.none"))
        for area in listed:
            with st.container(horizontal=True, vertical_alignment="center", key=f"area-row-{area['id']}"):
                _row(connection, area, shapes.get(area["name"]), texts)


def _row(connection: Connection, area: Row, shape: str | None, texts: Translator) -> None:
    size, margin = texts.format_number(area["hectares"], 1), texts.format_number(area["margin_m"], 0)
    with st.container(gap=None):
        st.markdown(f"**{escape_markdown(area['name'])}**")
        st.caption(texts("areas.row", hectares=size, margin=margin))
    if st.button(texts("areas.edit_button"), key=f"edit-{area['id']}"):
        _edit(Drawing(st.session_state[_DRAWING].token + 1, area["name"], shape))
    with st.popover(texts("areas.remove")):
        st.write(texts("areas.remove_about", name=escape_markdown(area["name"])))
        if st.button(texts("areas.remove_sure"), type="primary", key=f"remove-{area['id']}"):
            _change(connection, texts, partial(areas.remove_area, connection, area["name"]))
