"""Pairing: what is shown for an app is what its own request needs to be stored by the real API."""

from __future__ import annotations

import json
import re
import subprocess
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import zxingcpp
from app_requests import SENDERS, Shown, by_overland, by_owntracks, by_traccar
from events import Connection, rows
from hub_server import api, new_phone
from hypothesis import given
from hypothesis import strategies as st
from numpy import array, kron, ones, uint8

from iot_hub.access.pairing import qr, texts
from iot_hub.access.pairing.apps import APPS
from iot_hub.access.pairing.hub_endpoint import HubEndpoint, endpoint_of, warnings
from iot_hub.access.pairing.pairing import Pairing
from iot_hub.settings import Settings

__all__ = ["api"]
STORED = "SELECT source, properties FROM iot_personal_hub.raw_devices_properties"
LINKED = [key for key, app in APPS.items() if app.link]


def pairing(
    address: str = "https://hub.example", token: str = "tokenForNothing", device: str = "Ana's phone"
) -> Pairing:
    return Pairing(address, token, device)


def shown(key: str, to: Pairing) -> Shown:
    return {setting.label: setting.value for setting in APPS[key].settings(to)}


def opened(link: str) -> dict[str, str]:
    """What an app finds in a link's query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query, strict_parsing=True).items()}


@pytest.fixture
def paired(api: httpx.Client, owner: Connection) -> Pairing:
    """A device of the running hub."""
    return pairing(str(api.base_url).rstrip("/"), new_phone(api, owner, "smartphone"))


def test_every_app_is_tried_out_below() -> None:
    assert set(SENDERS) == set(APPS)


@pytest.mark.hub
@pytest.mark.slow
@pytest.mark.parametrize("key", APPS)
def test_what_is_shown_for_an_app_is_all_that_its_request_needs(
    key: str, api: httpx.Client, paired: Pairing, owner: Connection
) -> None:
    answer = SENDERS[key](api, shown(key, paired))
    assert answer.status_code == 200, answer.text
    [event] = rows(owner, STORED)
    assert event["source"] == (APPS[key].source or "hub")
    assert paired.token not in json.dumps(event["properties"])


@pytest.mark.hub
def test_the_command_for_any_program_is_one_that_a_shell_takes(
    api: httpx.Client, paired: Pairing, owner: Connection
) -> None:
    command = shown("curl", paired)["Try it"]
    answer = subprocess.run(["bash", "-c", f"{command} --silent"], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["stored"] == 1
    [event] = rows(owner, STORED)
    assert event["properties"] == {"battery": {"remaining_percent": 51}}


def configuration(link: str) -> dict[str, Any]:
    """What OwnTracks makes of a link."""
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("owntracks", "", "/config")
    told: dict[str, Any] = json.loads(b64decode(opened(link)["inline"], validate=True))
    return told


@pytest.mark.hub
def test_owntracks_reports_with_what_the_link_configures(api: httpx.Client, paired: Pairing, owner: Connection) -> None:
    told = configuration(APPS["owntracks"].link(paired))  # type: ignore[misc]
    assert (told["_type"], told["mode"], told["auth"], told["deviceId"]) == ("configuration", 3, True, "anas-phone")
    answer = by_owntracks(api, {"URL": told["url"], "Username": told["username"], "Password": told["password"]})
    assert answer.json() == []
    assert len(rows(owner, STORED)) == 1


@pytest.mark.hub
def test_overland_and_traccar_report_with_what_their_links_configure(
    api: httpx.Client, paired: Pairing, owner: Connection
) -> None:
    overland = opened(APPS["overland"].link(paired))  # type: ignore[misc]
    told = {"Receiver Endpoint": overland["url"], "Access Token": overland["token"], "Device ID": overland["device_id"]}
    assert by_overland(api, told).json() == {"result": "ok"}
    assert by_traccar(api, {"Server URL": opened(APPS["traccar"].link(paired))["url"]}).status_code == 200  # type: ignore[misc]
    assert [row["source"] for row in rows(owner, f"{STORED} ORDER BY id")] == ["overland", "osmand"]


@pytest.mark.parametrize("key", LINKED)
@given(device=st.text(max_size=60), token=st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True))
def test_a_link_holds_token_and_address_whatever_the_device_is_called(key: str, device: str, token: str) -> None:
    to = pairing("https://hub.example:8443", token, device)
    link = APPS[key].link(to)  # type: ignore[misc]
    assert re.fullmatch(r"[a-z.]+:/+[A-Za-z0-9/]+\?[A-Za-z0-9%._~&=/-]+", link)
    values = configuration(link).values() if key == "owntracks" else opened(link).values()
    assert any(str(value).startswith("https://hub.example:8443/") for value in values)
    assert any(token in str(value) for value in values)


@given(st.text(max_size=60))
def test_a_devices_name_becomes_one_that_every_app_takes(device: str) -> None:
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", pairing(device=device).name)


def test_every_setting_that_holds_the_token_is_marked_secret_and_no_other() -> None:
    for app in APPS.values():
        marked = {setting.label: setting.secret for setting in app.settings(pairing())}
        assert True in marked.values()
        assert marked == {label: "tokenForNothing" in value for label, value in app.fields(pairing()).items()}


def test_a_pairing_does_not_tell_its_token_to_a_log() -> None:
    assert "tokenForNothing" not in f"{pairing()} {APPS['owntracks'].settings(pairing())}"


@pytest.mark.parametrize("key", LINKED)
def test_a_qr_code_is_read_as_the_link_that_it_was_made_of(key: str) -> None:
    link = APPS[key].link(pairing(token="x" * 43))  # type: ignore[misc]
    [read] = zxingcpp.read_barcodes(picture_of(qr.terminal(link)))
    assert read.text == link
    assert len(plain_lines(qr.terminal(link))[0]) <= 80


def plain_lines(drawn: str) -> list[str]:
    return re.sub("\x1b\\[[0-9;]*m", "", drawn).splitlines()


def picture_of(drawn: str) -> Any:
    """The pixels of a code in half blocks, as a terminal shows them."""
    lines = plain_lines(drawn)
    rows = [row for line in lines for row in ([sign in "▀█" for sign in line], [sign in "▄█" for sign in line])]
    return kron(255 - 255 * array(rows, dtype=uint8), ones((6, 6), dtype=uint8))


def test_the_picture_of_a_qr_code_has_its_own_white_ground_and_no_fixed_size() -> None:
    picture = qr.svg("overland://setup?url=x")
    assert picture.startswith("<svg")
    assert 'viewBox="0 0' in picture and "width=" not in picture
    assert "#fff" in picture


@pytest.mark.parametrize(
    ("given", "visited", "address"),
    [
        ({}, None, "http://127.0.0.1:8080"),
        ({"host": "0.0.0.0"}, None, "http://192.168.1.7:8080"),
        ({"host": "0.0.0.0", "tls": "self-signed"}, None, "https://192.168.1.7:8080"),
        ({}, "https://hub.example/devices?lang=pl", "https://hub.example"),
        ({}, "http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ({"address": "https://hub.example/"}, "https://other.example/devices", "https://hub.example"),
    ],
)
def test_the_address_for_devices_is_the_best_that_is_known(
    given: dict[str, Any], visited: str | None, address: str
) -> None:
    endpoint = endpoint_of(Settings(**given), "192.168.1.7", visited)
    assert (endpoint.address, endpoint.guessed) == (address, "192.168.1.7" in address)


def test_it_is_said_what_stands_between_a_phone_and_the_hub() -> None:
    def said(address: str, app: str = "owntracks", language: str = "en", **more: bool) -> str:
        return " ".join(warnings(HubEndpoint(address, "192.168.1.7", **more), app, language))

    assert "IOT_HUB_HOST=0.0.0.0" in said("http://127.0.0.1:8080")
    assert "192.168.1.7" in said("http://[::1]:8080", language="pl")
    assert "not encrypted" in said("http://192.168.1.7:8080")
    assert "a guess" in said("https://172.18.0.4", guessed=True)
    assert "most apps refuse it" in said("https://192.168.1.7:8080", self_signed=True)
    assert "Validate SSL Certificate" in said("https://192.168.1.7:8080", app="gpslogger", self_signed=True)
    assert said("https://hub.example") == ""


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("key", APPS)
def test_every_app_is_explained_in_every_language(key: str, language: str) -> None:
    assert all(len(note) > 10 for note in texts.notes(language, key))
