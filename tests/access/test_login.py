"""The owner's password and sessions, through the real nginx and API."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from conftest import hub_with_copy
from dashboard_world import Owner, add_device
from database_copies import DatabaseCopies
from events import rows
from free_ports import free_ports
from hypothesis import given
from hypothesis import strategies as st
from login_world import PASSWORD, Front, api, front, open_session
from waiting import wait_until

from iot_hub.access.login import first_visit, known_browser
from iot_hub.access.login.authorization import COOKIE, is_authorized
from iot_hub.access.login.client_address import address, is_this_machine, safe_redirect_path
from iot_hub.access.login.password import (
    UnfitPasswordError,
    hash_password,
    remove_password,
    set_password,
    verify_password,
)
from iot_hub.access.login.throttle import LoginThrottle
from iot_hub.metrics.noticed import noticed
from iot_hub.operations.doctor import front_checks
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

PROXY = "127.0.3.1"
"""A proxy of this machine that the hub trusts."""


class Dashboard(http.server.BaseHTTPRequestHandler):
    """Stands where the dashboard does: only nginx and the API are under test here."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "9")
        self.end_headers()
        self.wfile.write(b"dashboard")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def running(
    cluster: Settings, database_copies: DatabaseCopies, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Front, Settings]]:
    """nginx and an API, with something behind the door; one for all tests, whose addresses differ."""
    folder = tmp_path_factory.mktemp("hub")
    with ExitStack() as stack:
        settings = stack.enter_context(hub_with_copy(cluster, database_copies))
        settings = settings.model_copy(update={"hosts": "hub.example", "trusted_proxies": PROXY})
        dashboard = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dashboard)
        threading.Thread(target=dashboard.serve_forever, daemon=True).start()
        stack.callback(dashboard.server_close)
        stack.callback(dashboard.shutdown)
        [port] = free_ports(1)
        stack.enter_context(api(settings, folder, port))
        yield stack.enter_context(front(settings, folder, port, dashboard.server_address[1])), settings


@pytest.fixture
def settings(running: tuple[Front, Settings]) -> Settings:
    return running[1]


@pytest.fixture
def front_hub(running: tuple[Front, Settings], owner: Owner) -> Front:
    """The hub without a password and without a session."""
    remove_password(owner)
    return running[0]


@pytest.fixture
def code(front_hub: Front, settings: Settings) -> str:
    """The code of the first visit."""
    return first_visit.new_code(settings.home)


@pytest.fixture
def chosen(front_hub: Front, owner: Owner) -> None:
    set_password(owner, PASSWORD)


# The way in


@pytest.mark.usefixtures("chosen")
def test_the_dashboard_opens_with_the_password_and_goes_on_to_the_page_that_was_asked_for(front_hub: Front) -> None:
    with front_hub.browser() as browser:
        asked = browser.get("/?device=1&range=7d")
        assert (asked.status_code, asked.headers["location"]) == (
            302,
            f"{front_hub.url}/login?next=/?device=1&range=7d",
        )
        form = browser.get(asked.headers["location"])
        assert 'value="/?device=1&amp;range=7d"' in form.text
        entered = front_hub.log_in(browser, onward="/?device=1&range=7d")
        assert (entered.status_code, entered.headers["location"]) == (303, "/?device=1&range=7d")
        assert browser.get("/").text == "dashboard"


@pytest.mark.usefixtures("chosen")
def test_a_wrong_password_opens_nothing(front_hub: Front) -> None:
    with front_hub.browser() as browser:
        refused = front_hub.log_in(browser, "correct horse batterx")
        assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
        assert 'role="alert"' in refused.text
        assert browser.get("/").status_code == 302
        browser.cookies.set(COOKIE, "made up")
        assert browser.get("/").status_code == 302
        assert browser.get("/session").status_code == 401


@pytest.mark.usefixtures("chosen")
def test_the_cookie_is_for_this_hub_alone_and_out_of_reach_of_scripts(front_hub: Front) -> None:
    with front_hub.browser() as browser:
        parts = set(front_hub.log_in(browser).headers["set-cookie"].split("; "))
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={30 * 86400}"} < parts
    assert not any(part.startswith("Domain") for part in parts)


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize(
    ("host", "scheme", "status", "secure"),
    [
        ("hub.example", "https", 303, True),
        ("127.0.0.1:8080", "https", 303, True),
        ("127.0.0.1:8080", "http", 303, False),
        ("localhost:8080", "http", 303, False),
        ("hub.example", "http", 403, False),
        ("192.168.1.7:8080", "http", 403, False),
    ],
)
def test_only_this_machine_may_log_in_without_encryption(
    front_hub: Front, host: str, scheme: str, status: int, secure: bool
) -> None:
    with front_hub.browser(Host=host) as browser:
        answer = browser.post("/login", data={"password": PASSWORD}, headers={"Origin": f"{scheme}://{host}"})
    assert (answer.status_code, "Secure" in answer.headers.get("set-cookie", "")) == (status, secure)


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1"])
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_a_form_of_another_site_is_refused(front_hub: Front, owner: Owner, path: str, origin: str | None) -> None:
    with front_hub.browser() as browser:
        browser.cookies.update(open_session(owner))
        headers = {"Origin": origin} if origin else {}
        assert browser.post(path, data={"password": PASSWORD}, headers=headers).status_code == 403
        assert browser.get("/session").status_code == 204


@pytest.mark.usefixtures("chosen")
def test_a_websocket_without_a_session_is_refused(front_hub: Front, owner: Owner) -> None:
    def handshake(**headers: str) -> int:
        where = urlsplit(front_hub.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "eA==",
            "Origin": front_hub.url,
        }
        connection.request("GET", "/_stcore/stream", headers=upgrade | headers)
        status = connection.getresponse().status
        connection.close()
        return status

    assert handshake() == 401
    # What stands behind the door answers a handshake like any other request.
    assert handshake(Cookie=f"{COOKIE}={open_session(owner)[COOKIE]}") == 200


# What ends a session


@pytest.mark.usefixtures("chosen")
def test_a_session_outlives_the_api_and_ends_with_the_password(
    front_hub: Front, settings: Settings, owner: Owner, tmp_path: Path
) -> None:
    with front_hub.browser() as browser:
        assert front_hub.log_in(browser).status_code == 303
        [port] = free_ports(1)
        # Another process: all that it knows is in the database.
        with api(settings, tmp_path, port):
            cookies = dict(browser.cookies)
            assert httpx.get(f"http://127.0.0.1:{port}/session", cookies=cookies).status_code == 204
        set_password(owner, "another password")
        assert browser.get("/session").status_code == 401
        assert front_hub.log_in(browser).status_code == 401
        assert front_hub.log_in(browser, "another password").status_code == 303
        remove_password(owner)
        assert browser.get("/session").status_code == 401


@pytest.mark.usefixtures("chosen")
def test_logging_out_ends_the_session_and_not_only_the_cookie(front_hub: Front, owner: Owner) -> None:
    with front_hub.browser() as browser:
        front_hub.log_in(browser)
        kept = browser.cookies[COOKIE]
        assert browser.post("/logout", headers={"Origin": front_hub.url}).headers["location"] == "/login"
        assert COOKIE not in browser.cookies
        browser.cookies.set(COOKIE, kept)
        assert browser.get("/session").status_code == 401
    assert rows(owner, "SELECT * FROM iot_personal_hub.owner_sessions") == []


@pytest.mark.usefixtures("chosen")
def test_a_session_slides_and_expires(front_hub: Front, owner: Owner) -> None:
    def left() -> float:
        [row] = rows(
            owner, "SELECT extract(epoch FROM expires_at - now())::float AS it FROM iot_personal_hub.owner_sessions"
        )
        return float(row["it"]) / 86_400

    with front_hub.browser() as browser:
        front_hub.log_in(browser)
        owner.execute("UPDATE iot_personal_hub.owner_sessions SET expires_at = now() + interval '3 days'")
        assert browser.get("/session").status_code == 204
        assert left() > 29.9
        owner.execute("UPDATE iot_personal_hub.owner_sessions SET expires_at = now() - interval '1 second'")
        assert browser.get("/session").status_code == 401


@pytest.mark.usefixtures("chosen")
def test_of_a_session_the_database_knows_only_a_hash(front_hub: Front, owner: Owner) -> None:
    with front_hub.browser() as browser:
        front_hub.log_in(browser)
        token = browser.cookies[COOKIE]
    [kept] = rows(owner, "SELECT * FROM iot_personal_hub.owner_sessions")
    assert len(token) == 43
    assert token.encode() not in bytes(kept["token_hash"])
    assert PASSWORD not in str(rows(owner, "SELECT * FROM iot_personal_hub.owner_password"))


# Who guesses


@pytest.mark.usefixtures("chosen")
def test_the_sixth_guess_waits_for_its_address_and_for_no_other(front_hub: Front) -> None:
    with front_hub.browser() as guesser, front_hub.browser() as another:
        assert [front_hub.log_in(guesser, "a guess that is wrong").status_code for _ in range(5)] == [401] * 5
        held_back = front_hub.log_in(guesser)
        assert (held_back.status_code, "set-cookie" in held_back.headers) == (429, False)
        assert 50 <= int(held_back.headers["retry-after"]) <= 60
        assert front_hub.log_in(another).status_code == 303


@pytest.mark.usefixtures("chosen")
def test_many_guesses_at_once_are_no_way_around(front_hub: Front) -> None:
    def guess(n: int) -> int:
        with front_hub.browser("127.0.2.1") as browser:
            return front_hub.log_in(browser, f"a guess that is wrong {n}").status_code

    with ThreadPoolExecutor(12) as threads:
        statuses = list(threads.map(guess, range(24)))
    assert statuses.count(401) <= 5
    assert set(statuses) <= {401, 429}


MADE_UP: list[dict[str, str]] = [
    {"X-Forwarded-For": "198.51.100.{n}"},
    {"X-Forwarded-For": "198.51.100.{n}, 127.0.0.1"},
    {"X-Forwarded-For": "198.51.100.{n}, 127.0.2.2"},
    {"X-Forwarded-For": "2001:db8:{n}::1", "X-Real-IP": "198.51.100.{n}", "Forwarded": "for=198.51.100.{n}"},
    {"X-IoT-Hub-Front": "made-up-{n}", "X-Forwarded-For": "198.51.100.{n}"},
]


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize("past_nginx", [False, True], ids=["through nginx", "past nginx"])
def test_an_address_that_nobody_trusts_to_name_another_is_counted_itself(front_hub: Front, past_nginx: bool) -> None:
    url = front_hub.api if past_nginx else front_hub.url
    for place, made_up in enumerate(MADE_UP):
        with front_hub.browser(f"127.0.2.{10 + place + 50 * past_nginx}") as browser:
            statuses = [
                browser.post(
                    f"{url}/login",
                    data={"password": "a guess that is wrong"},
                    headers={"Origin": url} | {name: value.format(n=n) for name, value in made_up.items()},
                ).status_code
                for n in range(12)
            ]
        assert statuses == [401] * 5 + [429] * 7, made_up


@pytest.mark.usefixtures("chosen")
def test_the_clients_of_a_trusted_proxy_are_counted_apart_by_its_word_alone(front_hub: Front) -> None:
    def guesses(forwarded_for: str) -> list[int]:
        with front_hub.browser(PROXY, **{"X-Forwarded-For": forwarded_for}) as proxy:
            return [front_hub.log_in(proxy, "a guess that is wrong").status_code for _ in range(6)]

    assert guesses("203.0.113.1") == [401] * 5 + [429]
    assert guesses("203.0.113.2") == [401] * 5 + [429]
    # What its client made up stands before its own word.
    assert guesses("198.51.100.9, 203.0.113.1") == [429] * 6


WRONG_FORMS: list[dict[str, str]] = [
    {"password": "a wrong guess", "again": "a wrong guess"},
    {"password": "a wrong guess", "again": "another"},
    {"again": ""},
    {"code": "AAAAA-AAAAA", "password": "x", "again": "x"},
    {},
]


@pytest.mark.usefixtures("chosen")
def test_no_form_takes_a_count_back(front_hub: Front) -> None:
    for form in WRONG_FORMS:
        with front_hub.browser() as guesser:
            assert [front_hub.log_in(guesser, "a guess that is wrong").status_code for _ in range(4)] == [401] * 4
            assert guesser.post("/login", data=form, headers={"Origin": front_hub.url}).status_code in (401, 409)
            for _ in range(3):
                assert guesser.post("/login", data=form, headers={"Origin": front_hub.url}).status_code == 429, form
                assert front_hub.log_in(guesser).status_code == 429


@pytest.mark.usefixtures("chosen")
def test_twelve_guessers_lock_the_owner_out_neither_of_a_browser_that_was_here_nor_of_a_new_one(
    front_hub: Front,
) -> None:
    done = threading.Event()

    def guess(number: int) -> int:
        with front_hub.browser(f"127.0.4.{number}") as guesser:
            statuses = []
            while not done.is_set() and len(statuses) < 500:
                statuses.append(front_hub.log_in(guesser, "a guess that is wrong").status_code)
        return statuses.count(401)

    with front_hub.browser() as known, front_hub.browser() as new, ThreadPoolExecutor(12) as threads:
        assert front_hub.log_in(known).status_code == 303
        guesses = [threads.submit(guess, number) for number in range(1, 13)]
        try:
            assert [front_hub.log_in(known).status_code for _ in range(8)] == [303] * 8
            wait_until(lambda: front_hub.log_in(new).status_code == 303, 30)
        finally:
            done.set()
        assert max(each.result() for each in guesses) <= 5


@pytest.mark.usefixtures("chosen")
def test_a_stolen_cookie_gives_five_guesses_a_minute_and_a_new_password_ends_it(front_hub: Front, owner: Owner) -> None:
    with front_hub.browser() as known:
        assert front_hub.log_in(known).status_code == 303
        stolen = known.cookies[known_browser.COOKIE]
    statuses = []
    for _ in range(4):
        with front_hub.browser(Cookie=f"{known_browser.COOKIE}={stolen}") as thief:
            statuses += [front_hub.log_in(thief, "a guess that is wrong").status_code for _ in range(4)]
    assert statuses == [401] * 5 + [429] * 11
    set_password(owner, "another password")
    with front_hub.browser(Cookie=f"{known_browser.COOKIE}={stolen}") as thief:
        # Counted by its address now, as one that was never here.
        assert [front_hub.log_in(thief, PASSWORD).status_code for _ in range(6)] == [401] * 5 + [429]


def test_a_made_up_cookie_names_no_browser() -> None:
    cookie = known_browser.new_cookie("a hash")
    assert known_browser.browser_of(cookie, "a hash")
    name, ends, signature = cookie.split(".")
    later = f"{name}.{int(ends) + 1}.{signature}"
    other = f"{'x' * 22}.{ends}.{signature}"
    for made_up in ("", "x", later, other, cookie[:-1], cookie + "0"):
        assert known_browser.browser_of(made_up, "a hash") is None
    assert known_browser.browser_of(cookie, "another hash") is None


def attempt(throttle: LoginThrottle, address: str, browser: str | None = None) -> float:
    """Make an attempt if it is admitted; the seconds to wait otherwise."""
    wait = throttle.delay(address, browser)
    if not wait:
        throttle.record_attempt(address, browser)
    return wait


def test_each_pause_is_longer_and_a_success_forgets_them() -> None:
    now = [0.0]
    throttle = LoginThrottle(lambda: now[0])
    pauses = []
    for _ in range(8):
        assert [attempt(throttle, "192.0.2.1") for _ in range(5)] == [0.0] * 5
        pauses.append(attempt(throttle, "192.0.2.1"))
        now[0] += pauses[-1]
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    throttle.record_success("192.0.2.1")
    assert [attempt(throttle, "192.0.2.1") for _ in range(6)] == [0.0] * 5 + [60.0]


@given(st.lists(st.floats(0, 100), max_size=60))
def test_no_minute_has_more_than_five_guesses(pauses: list[float]) -> None:
    now = [0.0]
    throttle = LoginThrottle(lambda: now[0])
    let_in = []
    for pause in pauses:
        now[0] += pause
        if not attempt(throttle, "192.0.2.1"):
            let_in.append(now[0])
    assert all(later - first >= 60 for first, later in zip(let_in, let_in[5:], strict=False))


def test_a_botnet_has_no_more_than_twenty_guesses_a_minute_in_the_long_run() -> None:
    now = [0.0]
    throttle = LoginThrottle(lambda: now[0])
    admitted = 0
    for number in range(60 * 600):
        now[0] += 0.1
        admitted += not attempt(throttle, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert 0 <= 200 + 60 * 20 - admitted <= 1
    assert attempt(throttle, "10.0.0.1", browser="one that was here before") == 0


def test_a_network_of_addresses_is_one_guesser() -> None:
    throttle = LoginThrottle(lambda: 0.0)
    assert [bool(attempt(throttle, f"2001:db8::{n}")) for n in range(6)] == [False] * 5 + [True]
    assert not attempt(throttle, "2001:db8:0:1::1")
    mapped = [bool(attempt(throttle, address)) for address in ["192.0.2.9", "::ffff:192.0.2.9"] * 3]
    assert mapped == [False] * 5 + [True]


# The first password


def test_the_first_password_is_chosen_with_the_code_that_the_hub_printed(
    front_hub: Front, settings: Settings, code: str
) -> None:
    kept = first_visit.code_file(settings.home)
    assert (kept.read_text().strip(), kept.stat().st_mode & 0o077) == (code, 0)
    with front_hub.browser() as browser:
        page = browser.get("/login").text
        assert 'name="again"' in page and 'name="code"' in page
        form = {"code": code.replace("-", " ").lower(), "password": PASSWORD, "again": PASSWORD, "next": "/"}
        differing = browser.post("/login", data=form | {"again": "x"}, headers={"Origin": front_hub.url})
        short = browser.post("/login", data=form | {"password": "x", "again": "x"}, headers={"Origin": front_hub.url})
        assert (differing.status_code, short.status_code) == (422, 422)
        assert browser.post("/login", data=form, headers={"Origin": front_hub.url}).status_code == 303
        assert browser.get("/").text == "dashboard"
        again = browser.post("/login", data=form, headers={"Origin": front_hub.url})
        assert (again.status_code, "set-cookie" in again.headers) == (409, False)
    assert not kept.exists()


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize("given", [None, "", "AAAAA-AAAAA", "-"])
def test_who_comes_through_a_forwarder_has_no_code_and_five_tries(
    front_hub: Front, owner: Owner, given: str | None
) -> None:
    with front_hub.browser(Host="localhost") as forwarded:
        form = {"password": PASSWORD, "again": PASSWORD} | ({} if given is None else {"code": given})
        sent = [forwarded.post("/login", data=form, headers={"Origin": "http://localhost"}) for _ in range(7)]
    assert [one.status_code for one in sent] == [403] * 5 + [429] * 2
    assert not any("set-cookie" in one.headers for one in sent)
    assert rows(owner, "SELECT * FROM iot_personal_hub.owner_password") == []


def test_without_a_code_nobody_chooses_the_first_password_in_a_browser(
    front_hub: Front, settings: Settings, owner: Owner
) -> None:
    first_visit.delete_code(settings.home)
    with front_hub.browser() as browser:
        assert "<form" not in browser.get("/login").text
        form = {"code": "", "password": PASSWORD, "again": PASSWORD}
        assert browser.post("/login", data=form, headers={"Origin": front_hub.url}).status_code == 403
    assert rows(owner, "SELECT * FROM iot_personal_hub.owner_password") == []


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "127.0.0.1"}, {"Host": "hub.example"}, {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 x"}],
    ids=str,
)
def test_nobody_else_may_choose_it(front_hub: Front, owner: Owner, code: str, headers: dict[str, str]) -> None:
    with front_hub.browser(**headers) as browser:
        page = browser.get("/login").text
        assert "iot-hub password" in page and "<form" not in page
        origin = f"https://{headers.get('Host', urlsplit(front_hub.url).netloc)}"
        form = {"code": code, "password": PASSWORD, "again": PASSWORD}
        assert browser.post("/login", data=form, headers={"Origin": origin}).status_code == 403
    assert rows(owner, "SELECT * FROM iot_personal_hub.owner_password") == []


def test_a_hub_without_a_password_shows_nothing(front_hub: Front) -> None:
    with front_hub.browser() as browser:
        assert browser.get("/").status_code == 302


@pytest.mark.parametrize(
    ("headers", "counted", "here"),
    [
        ({"x-forwarded-for": "127.0.0.1", "host": "localhost:8080"}, "127.0.0.1", True),
        ({"x-forwarded-for": "::1", "host": "[::1]:8080"}, "::1", True),
        ({"x-forwarded-for": "203.0.113.5", "host": "localhost"}, "203.0.113.5", False),
        ({"x-forwarded-for": "10.0.0.1, 203.0.113.5", "host": "hub.example"}, "203.0.113.5", False),
        ({"x-forwarded-for": "6.6.6.6, 203.0.113.5, 127.0.0.1", "host": "localhost"}, "127.0.0.1", False),
        ({"host": "localhost"}, "unknown", False),
    ],
)
def test_a_visitor_is_known_by_what_can_be_believed(headers: dict[str, str], counted: str, here: bool) -> None:
    assert (address(headers), is_this_machine(headers)) == (counted, here)


def test_the_doctor_tells_of_a_proxy_that_nobody_named(front_hub: Front, settings: Settings) -> None:
    with front_hub.browser("127.0.0.1", **{"X-Forwarded-For": "198.51.100.1"}) as proxy:
        # One note a second is taken, and another test may have left one.
        wait_until(lambda: proxy.get("/login").is_success and "127.0.0.1" in noticed(settings.home, "unknown_proxy"))
    found = front_checks.proxies(DiagnosticContext(settings, None))
    assert (found.state, "IOT_HUB_TRUSTED_PROXIES=127.0.0.1" in found.advice) == ("warning", True)
    named = settings.model_copy(update={"trusted_proxies": "127.0.0.0/8"})
    assert front_checks.proxies(DiagnosticContext(named, None)).state == "ok"


# The rest


@pytest.mark.parametrize(
    ("asked", "gone_to"),
    [
        ("/?device=1", "/?device=1"),
        ("/areas", "/areas"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/x\\..", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("/\t/evil.example", "/"),
        ("/logout", "/"),
        ("/login?next=/login", "/"),
        ("", "/"),
    ],
)
def test_a_login_goes_on_to_own_pages_only(asked: str, gone_to: str) -> None:
    assert safe_redirect_path(asked) == gone_to


@pytest.mark.usefixtures("code")
def test_a_page_speaks_the_browsers_language_asks_no_other_host_and_runs_no_script(front_hub: Front) -> None:
    with front_hub.browser(**{"Accept-Language": "pl-PL,pl;q=0.9,en;q=0.8"}) as browser:
        page = browser.get("/login?next=/%22%3E%3Cscript%3E")
        assert '<html lang="pl">' in page.text
        assert "Wybierz hasło" in page.text
        assert "<script" not in page.text
        assert "http" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


def test_programs_are_not_led_to_the_form(front_hub: Front) -> None:
    with front_hub.browser() as browser:
        assert [browser.get(path).status_code for path in ("/v1/devices", "/docs", "/healthz")] == [401, 200, 200]
        assert browser.get("/v1/devices").json()["error"]["code"] == "unauthorized"
        assert browser.post("/v1/events", content=b"{}").json()["error"]["code"] == "unauthorized"


def test_a_large_form_is_refused(front_hub: Front) -> None:
    with front_hub.browser() as browser:
        sent = browser.post("/login", content=b"password=" + b"x" * 20_000, headers={"Origin": front_hub.url})
    assert sent.status_code == 413


def test_a_password_is_kept_as_argon2id() -> None:
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=2,p=1$")
    assert (verify_password(PASSWORD, kept), verify_password("x" * 10_000, kept), verify_password("", kept)) == (
        True,
        False,
        False,
    )
    for unfit in ("short", "ż" * 600):
        with pytest.raises(UnfitPasswordError):
            hash_password(unfit)


@pytest.mark.parametrize(
    ("session", "password", "simulated", "demo", "enters"),
    [
        (False, False, True, True, True),
        (False, False, True, False, False),
        (False, False, False, True, False),
        (False, True, True, True, False),
        (True, True, False, False, True),
    ],
)
def test_a_demo_is_open_while_it_has_no_password_and_only_simulated_devices(
    session: bool, password: bool, simulated: bool, demo: bool, enters: bool
) -> None:
    row = {"expires_at": "then" if session else None, "has_password": password, "only_simulated": simulated}
    assert is_authorized(row, demo=demo) is enters


def test_a_device_of_ones_own_closes_a_demo(front_hub: Front, settings: Settings, owner: Owner, tmp_path: Path) -> None:
    [port] = free_ports(1)
    with api(settings, tmp_path, port, "--demo"):
        asked = f"http://127.0.0.1:{port}/session"
        add_device(owner, 1, "Mia's phone")
        # The name alone is no mark: anybody's phone may have it.
        assert httpx.get(asked).status_code == 401
        owner.execute("UPDATE iot_personal_hub.dim_devices SET details = '{\"simulated\": true}' WHERE id = 1")
        assert httpx.get(asked).status_code == 204
        add_device(owner, 2, "My phone")
        assert httpx.get(asked).status_code == 401
