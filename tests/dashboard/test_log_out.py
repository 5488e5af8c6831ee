"""How the owner who logged in with an OpenID provider leaves the dashboard."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from dashboard_world import Owner
from login_world import open_session
from streamlit.testing.v1 import AppTest

from iot_hub.access.login import oidc
from iot_hub.dashboard import authorization
from iot_hub.settings import settings as current_settings

ANA = {"is_logged_in": True, "iss": "https://id.example", "sub": "ana", "iat": 1755864000}


def page_that_refreshes() -> None:
    """What logs out, above what asks for another run once there is no session."""
    import streamlit as st

    from iot_hub.dashboard import authorization
    from iot_hub.dashboard.pages import login
    from iot_hub.dashboard.session import page_context
    from iot_hub.database import audiences
    from iot_hub.settings import settings

    authorization.go_on_leaving()
    ctx = page_context(settings(), audiences.owner(settings()))
    login.log_out_link(ctx)
    if "another run" not in st.session_state and not authorization.is_authorized(ctx.audience):
        st.session_state["another run"] = True
        st.rerun()


@pytest.mark.usefixtures("hub_variables")
def test_logging_out_ends_the_session_and_the_run_so_that_the_browser_is_sent_to_the_provider(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []
    claims: list[dict[str, Any] | None] = [ANA]

    def leave() -> None:
        left.append("provider")
        claims[:] = [None]

    token = oidc.login_token(ANA, "secret")
    open_session(owner, token)
    monkeypatch.setenv("IOT_HUB_LANGUAGE", "en")
    current_settings.cache_clear()
    monkeypatch.setattr(st, "logout", leave)
    monkeypatch.setattr(authorization, "provider_claims", lambda: claims[0])
    monkeypatch.setattr(authorization, "session_token", lambda: "" if claims[0] is None else token)
    page = AppTest.from_function(page_that_refreshes, default_timeout=30)
    page.secrets["auth"] = {"cookie_secret": "secret"}
    page.run()
    assert not page.exception
    [button] = page.button
    button.click().run()
    assert not page.exception
    assert left == ["provider"]
    assert owner.execute("SELECT FROM iot_personal_hub.owner_sessions").fetchall() == []
    # Another run would drop what Streamlit has not sent yet, and that is the redirect to the provider.
    assert "another run" not in page.session_state
    # Whatever asks for it all the same, a question of the page's own script or a click: it sends the redirect again.
    page.run()
    assert left == ["provider", "provider"]
    assert "another run" not in page.session_state
