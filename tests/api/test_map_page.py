"""The map page in a real browser, behind nginx and the API: what it shows, by whom it is seen, and whom it asks."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from browser_world import Visit, Visitor, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from free_ports import free_ports
from login_world import Front, api, front, open_session
from map_front import hub
from map_world import Owner, add_legs, add_stay, add_trip, live_through
from playwright.sync_api import Page, expect
from query_api_world import add_device, store
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "hub", "visit"]

FIRST = datetime(2025, 9, 1, tzinfo=UTC)
HOME, WORK, OTHER_HOME, STATION = (50.06, 19.94), (50.10, 20.02), (50.03, 19.90), (50.08, 19.95)
DAY = "2025-11-19"
"""A Wednesday."""
POLICY_PARTS = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
}


def in_new_york(owner: Owner, device: int, arrives: datetime) -> None:
    """Add a day and a half in New York, an hour's trip, and another stay until 22:00 there."""
    place = (40.75, -73.98)
    leaves = add_stay(owner, device, arrives, 38 * 60, place)
    add_stay(owner, device, add_trip(owner, device, leaves, 60, [place, place]), 6 * 60, place)
    in_the_zone_of_new_york(owner, device, arrives)


def over_the_end_of_a_week_in_new_york(owner: Owner, device: int, monday: datetime) -> None:
    """Add a stay over a Sunday's end, in two rows, and an hour's trip at 15:00 there, after which nothing is known."""
    place = (40.75, -73.98)
    add_stay(owner, device, add_stay(owner, device, monday - timedelta(hours=9), 9 * 60, place), 20 * 60, place)
    owner.execute("UPDATE iot_personal_hub.journeys SET is_continued = true WHERE starts = %s", [monday])
    in_the_zone_of_new_york(owner, device, monday - timedelta(hours=9))
    add_trip(owner, device, monday + timedelta(hours=20), 60, [place, place])


def in_the_zone_of_new_york(owner: Owner, device: int, since: datetime) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.journey_places (device_id, starts, latitude, longitude, zone)"
        " SELECT device_id, starts, latitude, longitude, 'America/New_York' FROM iot_personal_hub.journeys"
        " WHERE device_id = %s AND starts >= %s AND kind = 'stay'",
        [device, since],
    )


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    with hub_with_copy(cluster, database_copies) as settings:
        with connect(owner_conninfo(settings, "tests")) as owner:
            add_device(owner, 1, "Ola's phone")
            add_device(owner, 2, "Jan's phone")
            live_through(owner, 1, FIRST, 84, HOME, WORK)
            live_through(owner, 2, FIRST, 60, OTHER_HOME, HOME)
            leaves = add_stay(owner, 2, datetime(2025, 11, 10, 6, tzinfo=UTC), 60, HOME)
            add_legs(owner, 2, leaves, [(12, "bicycle", [HOME, STATION]), (25, "train", [STATION, WORK])])
            in_new_york(owner, 2, datetime(2025, 11, 12, 6, tzinfo=UTC))
            over_the_end_of_a_week_in_new_york(owner, 2, datetime(2025, 11, 17, tzinfo=UTC))
            begins = datetime(2025, 11, 19, 6, tzinfo=UTC)
            store(owner, 1, [
                (begins + timedelta(minutes=n), {"location": {"latitude": 50.06 + n / 1000, "longitude": 19.94}})
                for n in range(60)
            ])  # fmt: skip
            owner.execute("SELECT iot_personal_hub.refresh_stale_hours()")
        yield settings


@pytest.fixture
def session(owner: Owner) -> dict[str, str]:
    return open_session(owner, secrets.token_urlsafe())


def opened(visit: Visit, owner: Owner, hub: Front, query: str = "", width: int = 1440, **context: Any) -> Visitor:
    """The owner's browser at the map, once the day is listed."""
    visitor = visit(width, 844 if width < 500 else 900, **({"locale": "en-GB"} | context)).log_in(owner)
    visitor.page.goto(f"{hub.url}/map{query}")
    expect(visitor.page.locator("#day-view[aria-busy=false]")).to_be_visible()
    return visitor


def address(page: Page) -> str:
    """Return the page's address as it is now; asking the page also brings what has happened there."""
    found: str = page.evaluate("location.href")
    return found


def journeys_of(page: Page) -> list[str]:
    return [" ".join(text.split()) for text in page.locator("#journeys li").all_inner_texts()]


def test_a_browser_without_a_session_is_led_to_the_login_and_back(hub: Front, session: dict[str, str]) -> None:
    with hub.browser() as stranger:
        answer = stranger.get("/map?day=2025-11-19&device=1")
        assert (answer.status_code, answer.headers["location"]) == (302, "/login?next=/map?day=2025-11-19&device=1")
        stranger.cookies.update(session)
        assert stranger.get("/map").status_code == 200


@pytest.mark.parametrize("width", [1440, 390])
def test_a_visitor_of_a_hub_that_is_open_to_everyone_sees_published_trips_alone(
    settings: Settings, owner: Owner, visit: Visit, tmp_path: Path, width: int
) -> None:
    owner.execute("SELECT iot_personal_hub.refresh_stale_shown_journeys()")
    opened = settings.model_copy(update={"public_dashboard": "yes"})
    api_port, nowhere = free_ports(2)
    with api(opened, tmp_path, api_port), front(opened, tmp_path, api_port, nowhere) as hub:
        page = visit(width, 844 if width < 500 else 900, locale="en-GB").page
        page.goto(f"{hub.url}/map?day={DAY}")
        expect(page.locator("#day-view[aria-busy=false]")).to_be_visible()
        # The hour in which the phone moved; not the stays before and after, nor what the owner can do with them.
        assert [item.split()[0] for item in journeys_of(page)] == ["On"]
        page.locator("#journeys button[data-id]").click()
        expect(page.get_by_role("button", name="Correct")).to_have_count(0)
        expect(page.locator(".maplibregl-ctrl .maplibregl-ctrl-zoom-in")).to_be_visible()
        for control in ("search", "visits", "places", "corrections"):
            expect(page.locator(f".maplibregl-ctrl button.{control}")).to_have_count(0)
        expect(page.get_by_role("navigation").get_by_role("link")).to_have_text(["Dashboard", "Map", "Log in"])
        expect(page.locator("#alert")).to_be_hidden()
        # The owner's own map says which region is theirs.
        assert httpx.get(f"{hub.url}/map/region.pmtiles").status_code == 401


def test_an_open_demo_needs_no_session(settings: Settings, owner: Owner, tmp_path: Path) -> None:
    [api_port] = free_ports(1)
    with api(settings, tmp_path, api_port, "--demo"), httpx.Client(base_url=f"http://127.0.0.1:{api_port}") as visitor:
        assert visitor.get("/map").status_code == 302
        owner.execute(
            "UPDATE iot_personal_hub.dim_devices SET details = details || jsonb_build_object('simulated', name)"
        )
        assert visitor.get("/map").status_code == 200
        place = {"name": "Home", "latitude": 50.06, "longitude": 19.94}
        own = {"Origin": f"http://127.0.0.1:{api_port}"}
        assert visitor.post("/v1/places", json=place).json()["error"]["code"] == "foreign_origin"
        assert visitor.post("/v1/places", json=place, headers=own).status_code == 201


def test_the_page_and_its_worker_may_load_nothing_but_the_hub_s_own_files(hub: Front, session: dict[str, str]) -> None:
    with hub.browser(**{"Accept-Encoding": "gzip"}) as known:
        known.cookies.update(session)
        page = known.get("/map")
        [worker] = re.findall(r'"(/map/static/worker[^"]*)"', "".join(known.get(name).text for name in files_of(page)))
        for answer in (page, known.get(worker)):
            policy = answer.headers.get_list("content-security-policy")
            assert len(policy) == 1
            assert set(policy[0].split("; ")) >= POLICY_PARTS
            assert "unsafe" not in policy[0] and "blob:" not in policy[0] and "http" not in policy[0]
        assert page.headers["cache-control"] == "no-store"
        assert "immutable" in known.get(worker).headers["cache-control"]
        assert known.get("/map/static/none.js").status_code == 404
        assert known.get("/map/static/..%2fpage.py").status_code == 404


def test_scripts_and_styles_are_at_most_500_kilobytes(hub: Front, session: dict[str, str]) -> None:
    with hub.browser(**{"Accept-Encoding": "gzip"}) as known:
        known.cookies.update(session)
        names = files_of(known.get("/map"))
        [worker] = re.findall(r'"(/map/static/worker[^"]*)"', "".join(known.get(name).text for name in names))
        sizes = []
        for name in {*names, worker}:
            with known.stream("GET", name) as answer:
                assert answer.headers["content-encoding"] == "gzip"
                sizes.append(sum(map(len, answer.iter_raw())))
    assert sum(sizes) <= 500_000


def files_of(page: httpx.Response) -> set[str]:
    return set(re.findall(r'"(/map/static/[^"]+\.(?:js|css))"', page.text))


def test_the_map_is_drawn_and_asks_nobody_else(visit: Visit, owner: Owner, hub: Front) -> None:
    visitor = opened(visit, owner, hub, f"?day={DAY}")
    wait_until(lambda: colours_drawn(visitor.page) > 20, 60)
    assert any("/v1/tiles/journeys/" in url for url in visitor.requested)
    assert visitor.hosts() == {urlsplit(hub.url).netloc}
    assert visitor.errors == []


def colours_drawn(page: Page) -> int:
    """Count the colours in a picture of the map: an empty one has few."""
    picture = page.locator("#map canvas").screenshot()
    return len({picture[at : at + 3] for at in range(0, len(picture), 97)}) if len(picture) > 8_000 else 0


def test_a_browser_without_webgl_is_told_so_and_lists_the_days(visit: Visit, owner: Owner, hub: Front) -> None:
    visitor = visit(1440, locale="en-GB").log_in(owner)
    visitor.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    visitor.page.goto(f"{hub.url}/map?day=2025-11-03&device=1")
    # The alert stays when the hub has answered, which the day shows.
    expect(visitor.page.locator("#day-view[aria-busy=false] #journeys li").first).to_be_visible()
    expect(visitor.page.locator("#alert")).to_contain_text("This browser cannot draw the map")


def test_a_day_is_listed_and_one_of_its_journeys_marked(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, f"?day={DAY}&device=1").page
    expect(page.locator("#day-title")).to_have_text("Wed, 19 Nov 2025")
    listed = journeys_of(page)
    assert len(listed) == 9
    assert listed[0].startswith("A Stay A until")
    assert [line.split()[0] for line in listed if line.startswith(("Bicycle", "Vehicle", "On"))]
    trip = page.locator("#journeys button.trip").first
    trip.click()
    expect(trip).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#journeys button[aria-pressed=true]")).to_have_count(1)


def test_a_trip_in_several_modes_says_which(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "?day=2025-11-10&device=2").page
    expect(page.locator("#journeys button.trip")).to_contain_text("Bicycle 12 min · Train 25 min")


def test_a_day_abroad_begins_and_ends_by_the_clocks_there(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "?day=2025-11-13&device=2").page
    times = page.locator("#journeys .when").all_inner_texts()
    assert times == ["until 15:00 GMT-5", "15:00–16:00", "16:00–22:00"]


def test_a_stay_over_the_end_of_a_week_is_one_and_a_way_that_has_not_ended_has_the_clock_of_its_start(
    visit: Visit, owner: Owner, hub: Front
) -> None:
    page = opened(visit, owner, hub, "?day=2025-11-17&device=2").page
    assert page.locator("#journeys .when").all_inner_texts() == ["until 15:00 GMT-5", "15:00–16:00"]


def test_who_asks_when_they_were_here_is_led_to_the_day(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, f"?day={DAY}&device=1#15/{WORK[0]}/{WORK[1]}").page
    button = page.get_by_role("button", name="When was I here?")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    # By the keyboard, the middle of the map.
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    visits = page.locator(".when-here li button")
    expect(page.locator(".when-here h2")).to_contain_text("times here")
    expect(visits.first).to_be_visible()
    shown = visits.last.inner_text().split(",")[0]
    visits.last.click()
    expect(page.locator("#day-title")).to_contain_text(shown)


def test_days_follow_each_other_by_buttons_keys_swipes_and_the_browser_s_own_button(
    visit: Visit, owner: Owner, hub: Front
) -> None:
    page = opened(visit, owner, hub, f"?day={DAY}&device=1", 390, has_touch=True).page
    title = page.locator("#day-title")
    page.get_by_role("button", name="Next day").click()
    expect(title).to_contain_text("20 Nov")
    page.locator("#day-view").focus()
    page.keyboard.press("ArrowLeft")
    expect(title).to_contain_text("19 Nov")
    page.locator("#day-view").evaluate(
        """(view) => {
            const touch = x => new Touch({identifier: 1, target: view, clientX: x, clientY: 600})
            view.dispatchEvent(new TouchEvent('touchstart', {touches: [touch(300)], changedTouches: [touch(300)]}))
            view.dispatchEvent(new TouchEvent('touchend', {touches: [], changedTouches: [touch(120)]}))
        }"""
    )
    expect(title).to_contain_text("20 Nov")
    page.go_back()
    expect(title).to_contain_text("19 Nov")


def test_the_address_shows_the_same_to_whoever_opens_it(visit: Visit, owner: Owner, hub: Front) -> None:
    first = opened(visit, owner, hub, "?lang=en").page
    first.get_by_label("Device", exact=True).select_option("Jan's phone")
    first.get_by_label("Show", exact=True).select_option("Trips by device")
    expect(first.locator("#day-view[aria-busy=false]")).to_be_visible()
    wait_until(lambda: "device=2" in address(first) and "#" in address(first), 30)
    query, view = parse_qs(urlsplit(first.url).query), urlsplit(first.url).fragment
    assert (query["device"], query["colour"]) == (["2"], ["device"])
    second = opened(visit, owner, hub, f"?{urlsplit(first.url).query}#{view}").page
    assert journeys_of(second) == journeys_of(first)
    assert urlsplit(second.url).fragment == view


def test_a_range_is_chosen_by_the_keyboard_and_asked_of_the_tiles(visit: Visit, owner: Owner, hub: Front) -> None:
    visitor = opened(visit, owner, hub, f"?day={DAY}")
    page = visitor.page
    page.get_by_label("From", exact=True).focus()
    page.keyboard.press("PageUp")
    wait_until(lambda: "from=2025" in address(page), 30)
    wait_until(
        lambda: address(page) and any("/v1/tiles/" in url and "from=2025" in url for url in visitor.requested), 30
    )
    page.get_by_role("button", name="All time").click()
    wait_until(lambda: "from=" not in address(page), 30)


@pytest.mark.parametrize(
    ("look", "asked", "legend"),
    [
        ("Trips by speed", None, "130 km/h"),
        ("Trips by age", None, "2025"),
        ("The day by altitude", "/v1/devices/1/track", "No altitude is known of this day."),
        ("Heat", "/v1/tiles/heat/", "days there"),
        ("Explored land", "/v1/tiles/explored/", "squares of the map explored"),
    ],
)
def test_the_map_shows_what_is_chosen_and_what_its_colours_mean(
    visit: Visit, owner: Owner, hub: Front, look: str, asked: str | None, legend: str
) -> None:
    visitor = opened(visit, owner, hub, f"?day={DAY}")
    page = visitor.page
    page.get_by_label("Show", exact=True).select_option(look)
    expect(page.locator("#legend")).to_contain_text(legend)
    if asked:
        wait_until(lambda: address(page) and any(asked in url for url in visitor.requested), 60)
    wait_until(lambda: colours_drawn(page) > 20, 60)
    assert visitor.errors == []
    # The address shows the same.
    page.reload()
    expect(page.locator("#legend")).to_contain_text(legend)


def test_a_day_is_replayed(visit: Visit, owner: Owner, hub: Front) -> None:
    visitor = opened(visit, owner, hub, f"?day={DAY}&device=1")
    page = visitor.page
    page.get_by_label("Speed", exact=True).select_option("1200×")
    page.get_by_role("button", name="Play").click()
    wait_until(lambda: page.locator("#clock").inner_text() >= "07:10", 60)
    assert any("/v1/devices/1/track" in url for url in visitor.requested)
    assert visitor.errors == []


def test_the_page_speaks_polish_to_whoever_asks_for_it(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, f"?day={DAY}", locale="pl-PL").page
    expect(page.get_by_role("navigation")).to_contain_text("Obszary prywatne")
    expect(page.locator("#day-title")).to_have_text("śr., 19 lis 2025")
    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.get_by_role("navigation")).to_contain_text("Private areas")


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_lies_beyond_the_window(visit: Visit, owner: Owner, hub: Front, width: int) -> None:
    page = opened(visit, owner, hub, f"?day={DAY}", width).page
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    for name in ("#map", "#day-title", "#journeys li"):
        expect(page.locator(name).first).to_be_in_viewport()
