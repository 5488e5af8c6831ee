"""The owner's login with an OpenID provider: a real one, a real browser, through nginx."""

from __future__ import annotations

import json
import os
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser_world import SLOW_MS, browser, overflow, press
from dashboard_world import Owner, add_device, add_events, report
from free_ports import free_ports
from login_world import api, front, process
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from iot_hub.access.login import oidc
from iot_hub.access.login.authorization import SESSION_TTL
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.operations import nginx
from iot_hub.settings import Settings

__all__ = ["browser"]

ANA = {"sub": "ana", "email": "ana@example.com", "email_verified": True}
BOB = {"sub": "bob", "email": "bob@example.com", "email_verified": True}
LEVEL = "73\u202f%"


def with_provider(settings: Settings, **changed: Any) -> Settings:
    given = {
        "oidc_issuer": "https://id.example",
        "oidc_client_id": "hub",
        "oidc_client_secret": SecretStr('a "secret"'),
        "oidc_owner": ANA["email"],
    }
    return settings.model_copy(update=given | changed)


@pytest.fixture
def oidc_url(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The address of a hub with a provider."""
    provider_port, api_port, dashboard_port, port = free_ports(4)
    issuer = f"http://127.0.0.1:{provider_port}"
    ours = with_provider(settings, oidc_issuer=issuer, address=f"http://127.0.0.1:{port}", home=tmp_path / "home")
    provider = [sys.executable, "-m", "oidc_provider_mock", "--port", str(provider_port), "--require-nonce"]
    provider += [part for user in (ANA, BOB) for part in ("--user-claims", json.dumps(user))]
    dashboard = [sys.executable, "-m", "iot_hub", "dashboard", "--port", str(dashboard_port)]
    health = f"http://127.0.0.1:{dashboard_port}/_stcore/health"
    with ExitStack() as stack:
        stack.enter_context(process(provider, ours, tmp_path / "provider.log", f"{issuer}/jwks"))
        stack.enter_context(process(dashboard, ours, tmp_path / "dashboard.log", health))
        stack.enter_context(api(ours, tmp_path, api_port))
        yield stack.enter_context(front(ours, tmp_path, api_port, dashboard_port, port=port)).url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 900}, locale="en-GB")
    context.set_default_timeout(SLOW_MS)
    yield context.new_page()
    context.close()


def log_in_as(page: Page, user: dict[str, Any]) -> None:
    press(page.get_by_role("button", name="Log in with 127.0.0.1"))
    page.get_by_role("button", name=user["sub"], exact=True).click()


def log_out(page: Page) -> None:
    # Nobody clicks in a page behind another one, whose work Chromium puts off.
    page.bring_to_front()
    press(page.get_by_role("button", name="Log out"))
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("heading", name="You are not logged in")).to_be_visible()


def sessions(owner: Owner) -> int:
    return len(owner.execute("SELECT FROM iot_personal_hub.owner_sessions").fetchall())


@pytest.mark.hub
@pytest.mark.browser
@pytest.mark.timeout(240)
def test_the_owners_account_opens_the_dashboard_no_other_does_and_who_leaves_is_out(
    oidc_url: str, owner: Owner, page: Page, tmp_path: Path
) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(datetime.now(UTC), report(level=73))])
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # The provider's pages look for a style sheet on the internet.
    page.on(
        "console", lambda said: said.type == "error" and page.url.startswith(oidc_url) and complaints.append(said.text)
    )
    page.goto(oidc_url)
    expect(page.get_by_role("heading", name="You are not logged in")).to_be_visible()
    expect(page.get_by_role("link", name="Log in with the password")).to_be_visible()
    look(page, tmp_path, "door")
    log_in_as(page, BOB)
    expect(page.get_by_role("heading", name="This account has no access to this hub")).to_be_visible()
    expect(page.get_by_text("bob@example.com")).to_be_visible()
    look(page, tmp_path, "stranger")
    assert (overflow(page), sessions(owner)) == (0, 0)
    log_out(page)
    log_in_as(page, ANA)
    expect(page.get_by_text(LEVEL)).to_be_visible()
    look(page, tmp_path, "owner")
    assert (overflow(page), sessions(owner)) == (0, 1)
    other = page.context.new_page()
    other.goto(oidc_url)
    expect(other.get_by_text(LEVEL)).to_be_visible()
    log_out(page)
    # By itself, when it next refreshes.
    expect(other.get_by_text(LEVEL)).to_have_count(0)
    assert (complaints, sessions(owner)) == ([], 0)
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log") if path.name != "provider.log")
    assert ANA["email"] not in logs


def look(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=os.environ.get("SHOTS", str(folder)) + f"/oidc-{name}.png")


@pytest.mark.parametrize(
    ("said", "owner_is", "opens"),
    [
        (ANA, "ana@example.com", True),
        (ANA, "Ana@Example.com", True),
        (ANA, "ana", True),
        (BOB, "ana@example.com", False),
        (BOB, "ana", False),
        (ANA | {"email_verified": False}, "ana@example.com", False),
        (ANA | {"email_verified": "false"}, "ana@example.com", False),
        (ANA | {"email_verified": False}, "ana", True),
        (ANA | {"email_verified": "true"}, "ana@example.com", True),
        (ANA | {"email_verified": None}, "ana@example.com", False),
        (ANA | {"email_verified": 1}, "ana@example.com", False),
        ({"sub": "ana", "email": "ana@example.com"}, "ana@example.com", False),
        ({"sub": "ana", "email": "ana@example.com"}, "ana", True),
        ({"sub": "ana@example.com"}, "ana@example.com", False),
        ({}, "ana", False),
    ],
)
def test_only_the_named_account_is_the_owners(
    settings: Settings, said: dict[str, Any], owner_is: str, opens: bool
) -> None:
    provider = oidc.provider_of(with_provider(settings, oidc_owner=owner_is))
    assert provider
    assert oidc.is_owner(said, provider) is opens


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"oidc_owner": None}, "Set all four, or none"),
        ({"oidc_client_secret": SecretStr("")}, "Set all four, or none"),
        ({"address": "http://hub.example"}, "would not be encrypted"),
        ({"host": "192.168.1.7"}, "would not be encrypted"),
    ],
)
def test_settings_that_are_not_whole_or_not_safe_are_refused(
    settings: Settings, changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(UserError, match=told):
        oidc.provider_of(with_provider(settings, **changed))


def test_without_settings_there_is_no_provider_and_nginx_keeps_the_door(settings: Settings) -> None:
    behind = nginx.Upstreams("127.0.0.1:1", "127.0.0.1:2")
    closed = nginx.configuration(settings, behind)
    assert oidc.provider_of(settings) is None
    assert "auth_request /_auth;\n            error_page 401 = @log_in;" in closed
    assert "auth_request" not in nginx.configuration(with_provider(settings), behind)
    encrypted = with_provider(settings, address="https://hub.example")
    assert "proxy_cookie_flags ~^_streamlit_user secure;" in nginx.configuration(encrypted, behind)


def test_the_secrets_are_for_the_hubs_user_alone_and_go_with_the_settings(settings: Settings) -> None:
    path = oidc.write_secrets(with_provider(settings, address="https://hub.example/"))
    assert path
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    first = tomllib.loads(path.read_text())["auth"]
    assert first["redirect_uri"] == "https://hub.example/oauth2callback"
    assert first["server_metadata_url"] == "https://id.example/.well-known/openid-configuration"
    assert first["client_secret"] == 'a "secret"'
    assert len(first["cookie_secret"]) >= 32
    oidc.write_secrets(with_provider(settings, oidc_client_id="another"))
    second = tomllib.loads(path.read_text())["auth"]
    assert (second["client_id"], second["cookie_secret"]) == ("another", first["cookie_secret"])
    assert oidc.write_secrets(settings) is None
    assert not path.exists()


@pytest.mark.parametrize(
    ("ago", "password_ago", "opens"), [(10, None, True), (10, 20, True), (400, None, False), (20, 10, False)]
)
def test_a_login_opens_a_session_while_it_is_fresh_and_younger_than_the_password(
    owner: Owner, ago: int, password_ago: int | None, opens: bool
) -> None:
    if password_ago is not None:
        owner.execute(
            "INSERT INTO iot_personal_hub.owner_password (hash, changed_at) VALUES ('x', now() - %s::interval)",
            [timedelta(seconds=password_ago)],
        )
    made = {"token_hash": b"x" * 32, "lasts": SESSION_TTL, "fresh": oidc.FRESH, "logged_in_at": time.time() - ago}
    for _ in range(2):
        owner.execute(query("open_session_by_provider"), made)
    assert sessions(owner) == opens


def test_each_login_has_a_name_of_its_own_that_needs_the_secret() -> None:
    login = ANA | {"iss": "https://id.example", "iat": 1755864000, "nonce": "a"}
    names = [
        oidc.login_token(login, "secret"),
        oidc.login_token(login | {"nonce": "b"}, "secret"),
        oidc.login_token(login | {"iat": 1755864001}, "secret"),
        oidc.login_token(login, "another"),
    ]
    assert len(set(names)) == 4
    assert oidc.login_token(login | {"email": "new@example.com"}, "secret") == names[0]
