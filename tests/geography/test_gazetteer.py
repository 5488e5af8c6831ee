"""The bundled names of countries and cities."""

from __future__ import annotations

from iot_hub.geography.gazetteer import CITIES, COUNTRIES, rows, version


def test_every_city_has_a_name_a_country_and_a_position() -> None:
    count = 0
    for name, country, _, latitude, longitude, population in rows(CITIES):
        count += 1
        assert name
        assert len(country) == 2
        assert -90 <= float(latitude) <= 90
        assert -180 <= float(longitude) <= 180
        assert int(population) >= 0
    assert count > 150_000


def test_every_city_is_of_a_country_that_has_a_name() -> None:
    named = {code for code, name, polish, _ in rows(COUNTRIES) if name and polish}
    nameless = {country for _, country, *_ in rows(CITIES)} - named
    # Smaller than the steps in which countries are drawn.
    assert nameless == {"VA"}


def test_both_files_fit_into_the_wheel() -> None:
    assert CITIES.stat().st_size + COUNTRIES.stat().st_size < 3_200_000


def test_the_version_is_that_of_the_files() -> None:
    assert version() == version()
    assert len(version()) == 64
