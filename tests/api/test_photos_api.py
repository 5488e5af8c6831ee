"""Photos over HTTP: listed by time and shown small, to the owner and to nobody else."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from heic_files import write_heic
from login_world import open_session
from photo_files import write_photo
from PIL import Image
from query_api_world import THAT_DAY, Api, Owner, add_device, running_api

from iot_hub.access.readers import add_reader
from iot_hub.photos.scan import scan_photos
from iot_hub.settings import Settings


@pytest.fixture
def with_photos(settings: Settings, owner: Owner, tmp_path: Path) -> Settings:
    folder = tmp_path / "photos"
    write_photo(folder / "trip/a.jpg", "2026:01:31 12:00:00", "+00:00", (50.06, 19.94), (1200, 800))
    write_photo(folder / "b.jpg", "2026:01:31 10:00:00", "+00:00")
    write_photo(folder / "other.jpg", "2026:02:01 10:00:00", "+00:00")
    write_photo(folder / "timeless.jpg")
    scan_photos(owner, folder, settings.zone)
    return settings.model_copy(update={"photos": folder, "home": tmp_path})


@pytest.fixture
def api(with_photos: Settings) -> Iterator[Api]:
    with running_api(with_photos, "no") as api:
        yield api


@pytest.fixture
def session(owner: Owner) -> dict[str, str]:
    return open_session(owner, secrets.token_urlsafe())


def test_photos_of_a_day_are_listed_by_time(api: Api, session: dict[str, str]) -> None:
    found = api.ask("GET", "/v1/photos", session, params=THAT_DAY).json()
    assert [(photo["path"], photo["taken_at"], photo["latitude"], photo["width"]) for photo in found] == [
        ("b.jpg", "2026-01-31T10:00:00Z", None, 60), ("trip/a.jpg", "2026-01-31T12:00:00Z", 50.06, 1200),
    ]  # fmt: skip


def test_a_photo_is_shown_small_and_larger(api: Api, session: dict[str, str]) -> None:
    photo = api.ask("GET", "/v1/photos", session, params=THAT_DAY).json()[1]["id"]
    path = f"/v1/photos/{photo}/thumbnail"
    for size, pixels in (("small", (320, 213)), ("large", (1200, 800))):
        answer = api.ask("GET", path, session, params={"size": size})
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "private, no-cache"
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert picture.size == pixels
            assert not picture.getexif()
        known = api.ask("GET", path, session, params={"size": size}, headers={"If-None-Match": answer.headers["etag"]})
        assert known.status_code == 304


def test_a_photo_that_is_not_there_or_leads_elsewhere_is_unknown(
    api: Api, session: dict[str, str], owner: Owner, with_photos: Settings
) -> None:
    assert with_photos.photos
    write_photo(with_photos.photos.parent / "outside.jpg")
    for path in ("../outside.jpg", "/etc/hostname", "gone.jpg"):
        owner.execute(
            "INSERT INTO iot_personal_hub.photos (path, file_bytes, modified_ns, width, height) VALUES (%s, 1, 1, 1, 1)",
            [path],
        )
    ids = [row["id"] for row in owner.execute("SELECT id FROM iot_personal_hub.photos WHERE modified_ns = 1")]
    for photo in (*ids, 999_999):
        answer = api.ask("GET", f"/v1/photos/{photo}/thumbnail", session)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_photo")
    assert api.ask("GET", "/v1/photos/..%2f..%2fetc/thumbnail", session).status_code in (404, 422)


def test_a_photo_that_cannot_be_decoded_is_listed_and_shown_by_its_name(
    api: Api, session: dict[str, str], owner: Owner, with_photos: Settings
) -> None:
    assert with_photos.photos
    write_heic(with_photos.photos / "IMG_7.HEIC", "2026:01:31 23:00:00", "+00:00", (50.06, 19.94))
    scan_photos(owner, with_photos.photos, with_photos.zone)
    photo = api.ask("GET", "/v1/photos", session, params=THAT_DAY).json()[-1]
    assert (photo["path"], photo["latitude"], photo["width"]) == ("IMG_7.HEIC", 50.06, 3024)
    answer = api.ask("GET", f"/v1/photos/{photo['id']}/thumbnail", session)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ">IMG_7.HEIC<" in answer.text


def test_a_hub_without_a_folder_has_no_photos(
    settings: Settings, with_photos: Settings, session: dict[str, str]
) -> None:
    with running_api(with_photos.model_copy(update={"photos": None}), "no") as api:
        assert api.ask("GET", "/v1/photos", session, params=THAT_DAY).json() == []
        assert api.ask("GET", "/v1/photos/1/thumbnail", session).status_code == 404


def test_nobody_else_sees_photos(owner: Owner, api: Api, with_photos: Settings, session: dict[str, str]) -> None:
    add_device(owner, 1)
    photo = api.ask("GET", "/v1/photos", session, params=THAT_DAY).json()[1]["id"]
    everything, some, published = (
        add_reader(owner, "backup", (), "owner"), add_reader(owner, "car", ("1",), "owner"), add_reader(owner, "friend"),
    )  # fmt: skip
    for path in ("/v1/photos", f"/v1/photos/{photo}/thumbnail"):

        def status(token: str, path: str = path) -> int:
            return api.ask("GET", path, headers={"Authorization": f"Bearer {token}"}).status_code

        assert [status(token) for token in (everything, some, published)] == [200, 403, 403]
        assert api.get(path).status_code == 401
        with running_api(with_photos, "yes") as public:
            assert "owner_only" in public.get(path).text


def test_neither_viewers_nor_guests_may_read_the_table(owner: Owner) -> None:
    roles = owner.execute(
        "SELECT role.rolname, has_any_column_privilege(role.rolname, 'iot_personal_hub.photos', 'SELECT') AS may_read"
        " FROM pg_roles AS role WHERE role.rolname IN ('iot_hub_viewer', 'iot_hub_guest')"
    ).fetchall()
    assert {row["rolname"]: row["may_read"] for row in roles} == {"iot_hub_viewer": False, "iot_hub_guest": False}
