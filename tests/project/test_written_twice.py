"""What has to be written in several places says the same in all."""

from __future__ import annotations

import re

import pytest

from iot_hub.database.aggregates import aggregate_files
from iot_hub.database.queries import sql_files
from iot_hub.privacy.areas import MAX_DISPLACEMENT_M, MIN_DISPLACEMENT_M, MIN_EXTENT_M, SCALED_EXTENT

LINKED = [file for file in (*sql_files("views"), *aggregate_files()) if "shared" in file.name]


@pytest.mark.parametrize("column", ["device_id = ANY", "date_hour >=", "date_hour <"])
def test_the_hourly_views_of_links_filter_alike(column: str) -> None:
    texts = [file.read_text(encoding="utf-8") for file in LINKED]
    filters = [found for text in texts if (found := re.findall(rf"AND hourly\.{re.escape(column)}[^;\n]*", text))]
    # One of all aggregates, one of location_details, one of metrics.
    assert len(filters) == 3
    [[wanted]] = {tuple(found) for found in filters}
    assert "iot_hub_shared.access" in wanted


def test_a_zone_reaches_as_far_as_the_owner_is_told() -> None:
    texts = {file.stem: file.read_text(encoding="utf-8") for file in sql_files("functions")}
    [(least, most)] = re.findall(
        r"distance := sqrt\(([\d.]+) \^ 2 \+ \(([\d.]+) \^ 2 - \1 \^ 2\) \* iot_personal_hub\.keyed_random",
        texts["displacement_of"],
    )
    assert "ELSE 900 END" in texts["displacement_of"]
    assert (MIN_DISPLACEMENT_M, MAX_DISPLACEMENT_M) == pytest.approx((900 * float(least), 900 * float(most)))
    assert pytest.approx((1 - float(most), 1 + float(most))) == SCALED_EXTENT
    assert f"greatest(NEW.margin_m, distance_m + {MIN_EXTENT_M:.0f})" in texts["place_area"]
    assert f"is {MIN_DISPLACEMENT_M:.0f} to {MAX_DISPLACEMENT_M:.0f} m whatever" in texts["displacement_of"]
