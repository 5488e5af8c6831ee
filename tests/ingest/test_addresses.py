"""Which endpoint a path means, however somebody typed it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.ingest.http.addresses import find_address, nearest
from iot_hub.ingest.http.endpoints import ENDPOINTS, Endpoint

TOKEN = "AbC-dE_f0123456789"
slashes = st.text("/", min_size=1, max_size=3)


@st.composite
def typed(draw: st.DrawFn, endpoint: Endpoint, token: str) -> str:
    """A path with slashes too many and letters of another case; its token as it is."""
    segments = [draw(st.sampled_from([each, each.upper(), each.title()])) for each in endpoint.path[1:].split("/")]
    written = [*segments, token] if token else segments
    return "".join(draw(slashes) + each for each in written) + draw(st.sampled_from(["", "/", "//", " "]))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.path)
@given(data=st.data())
def test_slashes_and_letters_case_make_no_other_address(endpoint: Endpoint, data: st.DataObject) -> None:
    query = b"&".join(name.encode() + b"=1" for name in endpoint.needs_field)
    for token in ("", TOKEN) if endpoint.token_in_path else ("",):
        found = find_address(data.draw(typed(endpoint, token)), query)
        assert found == (endpoint.path, token or None)


@pytest.mark.parametrize(
    "path", ["/v1/events/x", "/mobile_location/x", "/owntracks/a/b", "/owntrack", "/x/owntracks", "/nothing"]
)
def test_another_path_is_no_address(path: str) -> None:
    assert find_address(path, b"lat=1&lon=2") is None


def test_the_root_is_an_address_only_with_a_position() -> None:
    assert find_address("/", b"id=7&lat=1&lon=2") == ("/", None)
    assert find_address("//", b"id=7&location=1,2") == ("/", None)
    assert find_address("/", b"id=7") is None
    assert find_address("/", b"") is None


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/owntrack", "/owntracks"),
        ("/own-tracks/TOKEN", "/owntracks"),
        ("/gps_logger", "/gpslogger"),
        ("/api/v1/point", "/api/v1/points"),
        ("/v1/event", "/v1/events"),
        ("/overland/TOKEN/more", "/overland"),
    ],
)
def test_a_misspelt_path_is_near_the_one_that_is_meant(path: str, meant: str) -> None:
    found = nearest(path)
    assert found and found.path == meant


@pytest.mark.parametrize(
    "path", ["/", "//", "/wp-login.php", "/api/v1/settings", "/favicon.ico", "/v1/devices/1", "/public"]
)
def test_what_nobody_misspells_is_near_nothing(path: str) -> None:
    assert nearest(path) is None


@given(st.text(max_size=300))
def test_any_path_has_an_answer(path: str) -> None:
    nearest(path)
    address = find_address(path, b"")
    assert address is None or address.path in {endpoint.path for endpoint in ENDPOINTS}
