"""The pictures are a part of the page that runs alone: whoever opens more of them is asked for access again."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from iot_hub.dashboard.components import device_view


def _page() -> None:
    import streamlit as st

    from iot_hub.dashboard.pages import dashboard

    if "was here" in st.session_state:
        # As the app does: its own run finds the session ended.
        st.text("logged out")
        return
    st.session_state["was here"] = True
    dashboard._pictures(None, None, lambda: False)  # type: ignore[arg-type]


def test_pictures_are_not_drawn_again_for_who_may_no_longer_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(device_view, "pictures", lambda *_: drawn.append(_))
    app = AppTest.from_function(_page).run(timeout=30)
    assert drawn == []
    assert [text.value for text in app.text] == ["logged out"]
