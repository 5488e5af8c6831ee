"""What has to be written in several places says the same in all."""

from __future__ import annotations

import re

import pytest

from iot_hub.areas import LEAST_REACH, MOST_REACH
from iot_hub.queries import sql_files

VIEWS = {file.name: file.read_text(encoding="utf-8") for file in sql_files("views")}


@pytest.mark.parametrize("column", ["device_id = ANY", "date_hour >=", "date_hour <="])
def test_the_hourly_views_of_links_filter_alike(column: str) -> None:
    texts = [text for name, text in VIEWS.items() if name.startswith("shared_hourly_")]
    filters = [re.findall(rf"AND hourly\.{re.escape(column)}[^;\n]*", text) for text in texts]
    assert len(filters) == 4
    [[wanted]] = {tuple(found) for found in filters}
    assert "iot_hub_shared.access" in wanted


def test_a_zone_reaches_as_far_as_the_owner_is_told() -> None:
    [function] = [file.read_text(encoding="utf-8") for file in sql_files("functions") if file.name == "place_area.sql"]
    [(least, most)] = re.findall(
        r"distance_m := NEW\.margin_m \* sqrt\(([\d.]+) \^ 2 \+ \(([\d.]+) \^ 2 - \1 \^ 2\) \* iot_personal_hub\.mask_noise",
        function,
    )
    assert (LEAST_REACH, MOST_REACH) == pytest.approx((1 - float(most), 1 + float(most)))
    assert f"The distance is {float(least):.0%}"[:-1] + f" to {100 * float(most):.0f} % of the margin" in function
    assert f"with {100 * LEAST_REACH:.0f} % of the margin around it" in function
