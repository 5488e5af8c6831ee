"""What has to be written in several places says the same in all."""

from __future__ import annotations

import re

import pytest

from iot_hub.database.queries import sql_files
from iot_hub.privacy.areas import LEAST_DISPLACEMENT_M, LEAST_ROOM_M, MOST_DISPLACEMENT_M, SCALED_REACH

VIEWS = {file.name: file.read_text(encoding="utf-8") for file in sql_files("views")}


@pytest.mark.parametrize("column", ["device_id = ANY", "date_hour >=", "date_hour <="])
def test_the_hourly_views_of_links_filter_alike(column: str) -> None:
    texts = [text for name, text in VIEWS.items() if name.startswith("shared_hourly_")]
    filters = [re.findall(rf"AND hourly\.{re.escape(column)}[^;\n]*", text) for text in texts]
    assert len(filters) == 4
    [[wanted]] = {tuple(found) for found in filters}
    assert "iot_hub_shared.access" in wanted


def test_a_zone_reaches_as_far_as_the_owner_is_told() -> None:
    texts = {file.stem: file.read_text(encoding="utf-8") for file in sql_files("functions")}
    [(least, most)] = re.findall(
        r"distance := sqrt\(([\d.]+) \^ 2 \+ \(([\d.]+) \^ 2 - \1 \^ 2\) \* iot_personal_hub\.mask_noise",
        texts["displacement_of"],
    )
    assert "ELSE 900 END" in texts["displacement_of"]
    assert (LEAST_DISPLACEMENT_M, MOST_DISPLACEMENT_M) == pytest.approx((900 * float(least), 900 * float(most)))
    assert pytest.approx((1 - float(most), 1 + float(most))) == SCALED_REACH
    assert f"greatest(NEW.margin_m, distance_m + {LEAST_ROOM_M:.0f})" in texts["place_area"]
    assert f"is {LEAST_DISPLACEMENT_M:.0f} to {MOST_DISPLACEMENT_M:.0f} m whatever" in texts["displacement_of"]
