"""A poster over HTTP and from the command line: of what whoever asks may see."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pypdfium2
import pytest
from command_line import fail, run
from login_world import open_session
from map_world import Owner, add_legs, add_stay, add_trip
from query_api_world import Api, add_device, running_api

from iot_hub.access.readers import add_reader
from iot_hub.settings import Settings

HOME, WORK, SUVA, TAVEUNI = (52.2297, 21.0122), (52.24, 21.06), (-18.1, 178.4), (-16.8, -179.98)
YEAR = "/v1/poster?from=2024-12-31T23:00:00Z&to=2025-12-31T23:00:00Z"


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "no") as api:
        yield api


@pytest.fixture
def travels(owner: Owner) -> None:
    """A phone with a drive and a trip of two legs in 2025, and a watch with a walk that is published."""
    add_device(owner, 1, "phone")
    add_device(owner, 2, "watch")
    at = add_stay(owner, 1, datetime(2025, 3, 1, 8, tzinfo=UTC), 60, HOME)
    at = add_trip(owner, 1, at, 30, [HOME, WORK])
    at = add_stay(owner, 1, at, 60, WORK)
    add_legs(owner, 1, at, [(20, "train", [WORK, HOME]), (5, "on_foot", [HOME, WORK])])
    add_trip(owner, 2, datetime(2025, 5, 1, 8, tzinfo=UTC), 20, [HOME, (52.2299, 21.0142)], "on_foot")
    owner.execute(
        "INSERT INTO iot_personal_hub.shown_journeys SELECT (jsonb_populate_record(NULL::iot_personal_hub.shown_journeys,"
        " to_jsonb(trip))).* FROM iot_personal_hub.journeys AS trip WHERE trip.device_id = 2"
    )


def text_of(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.headers["cache-control"] == "no-store"
    return text_in(answer.content)


def text_in(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(str(document[0].get_textpage().get_text_range()).split())
    finally:
        document.close()


@pytest.mark.usefixtures("travels")
def test_the_owners_year_is_drawn_with_the_figures_of_its_statistics(owner: Owner, api: Api) -> None:
    session = open_session(owner, secrets.token_urlsafe())
    answer = api.ask("GET", f"{YEAR}&lang=en", session)
    assert answer.headers["content-disposition"] == 'attachment; filename="poster-2025-01-01.pdf"'
    text = text_of(answer)
    [year] = api.ask("GET", "/v1/statistics?from=2025-01-01&to=2025-12-31&by=year", session).json()["periods"]
    assert f"{year['distance_m'] / 1000:.1f} km" in text
    for mode, name in (("vehicle", "by vehicle"), ("train", "by train"), ("on_foot", "on foot")):
        assert f"{year['modes'][mode]['distance_m'] / 1000:.1f} km" in text and name in text
    assert "2025" in text and "All devices" in text


@pytest.mark.usefixtures("travels")
def test_a_png_is_asked_for(owner: Owner, api: Api) -> None:
    answer = api.ask("GET", f"{YEAR}&device=1&format=png&size=a2&theme=dark", open_session(owner, "x" * 43))
    assert (answer.headers["content-type"], answer.content[:4]) == ("image/png", b"\x89PNG")


@pytest.mark.usefixtures("travels")
def test_each_reader_gets_a_poster_of_what_was_granted(owner: Owner, settings: Settings, api: Api) -> None:
    tokens = {
        "everything": add_reader(owner, "backup", (), "owner"),
        "watch": add_reader(owner, "watch", ("2",), "owner"),
        "published": add_reader(owner, "friend"),
    }

    def asked(token: str, more: str = "") -> httpx.Response:
        answer = api.ask("GET", f"{YEAR}&lang=en{more}", headers={"Authorization": f"Bearer {tokens[token]}"})
        assert isinstance(answer, httpx.Response)
        return answer

    assert "by train" in text_of(asked("everything"))
    for token in ("watch", "published"):
        text = text_of(asked(token))
        assert "by train" not in text and "by vehicle" not in text
        assert "138 m" in text
        assert "watch" in text_of(asked(token, "&device=2"))
    assert asked("watch", "&device=1").status_code == 404
    assert api.get(YEAR).status_code == 401
    with running_api(settings, "yes") as public:
        assert "by train" not in text_of(public.get(YEAR))


def test_a_trip_over_the_antimeridian_and_a_year_without_any_are_drawn(owner: Owner, api: Api) -> None:
    session = open_session(owner, secrets.token_urlsafe())
    assert "Nothing is known of this time." in text_of(api.ask("GET", f"{YEAR}&lang=en", session))
    add_device(owner, 1, "boat")
    add_trip(owner, 1, datetime(2025, 3, 1, 8, tzinfo=UTC), 300, [SUVA, (-17.5, 179.99)], "boat")
    add_trip(owner, 1, datetime(2025, 3, 1, 14, tzinfo=UTC), 300, [(-17.5, -179.99), TAVEUNI], "boat")
    # A map of islands, not of the world.
    assert "50 km" in (text := text_of(api.ask("GET", f"{YEAR}&lang=en", session))) or "20 km" in text
    assert "Suva" in text


@pytest.mark.parametrize(
    "wrong", ["format=gif", "size=a0", "theme=pink", "orientation=x", "lang=de", "title=" + "x" * 121]
)
def test_what_is_not_known_is_refused(owner: Owner, api: Api, wrong: str) -> None:
    answer = api.ask("GET", f"{YEAR}&{wrong}", open_session(owner, secrets.token_urlsafe()))
    assert answer.json()["error"]["code"] == "bad_parameter"


@pytest.mark.usefixtures("travels", "hub_variables")
def test_the_command_line_draws_the_same(tmp_path: Path) -> None:
    file = tmp_path / "year.pdf"
    assert "year.pdf" in run("poster", "2025", "--device", "phone", "--output", str(file), "--lang", "pl")
    text = text_in(file.read_bytes())
    assert "pociągiem" in text and "phone" in text
    shown = tmp_path / "shown.png"
    run(
        "poster",
        "--from",
        "2025-05-01",
        "--to",
        "2025-05-02",
        "--output",
        str(shown),
        "--published",
        "--landscape",
        "--dark",
    )
    assert shown.read_bytes()[:4] == b"\x89PNG"
    assert "is there already" in fail("poster", "2025", "--output", str(file))
    assert "year" in fail("poster", "--output", str(file))
