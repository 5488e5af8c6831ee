"""The link from a figure to the page of the events behind it."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from iot_hub.dashboard.translations import Translator

PATH = "readings"
METRIC = "metric"


def address(device: int, metric: str | None, texts: Translator) -> str:
    """Return the address of the page for a metric of a device, in the range that the visitor's page has."""
    shown = {name: st.query_params[name] for name in ("range", "from", "to") if name in st.query_params}
    asked = {"lang": texts.language, "device": str(device), **shown} | ({METRIC: metric} if metric else {})
    return f"./{PATH}?{urlencode(asked)}"
