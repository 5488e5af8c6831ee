"""Private areas as the owner keeps them: by command, in every shape, all around the world."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from command_line import fail, run
from events import Connection, add_device, mask, refresh, rows, store
from typer.testing import CliRunner

from iot_hub.cli.main import app
from iot_hub.errors import UserError
from iot_hub.privacy.areas import add_area, edit_area

pytestmark = pytest.mark.usefixtures("hub_variables")

HOUR = 1755860400
DEGREE = 111_195


def fix(latitude: float, longitude: float) -> dict[str, Any]:
    return {"location": {"latitude": latitude, "longitude": longitude, "fix_accuracy_m": 5}}


def visit(owner: Connection, *places: tuple[float, float]) -> None:
    """Be at places, a day apart: what is hidden of one hides nothing of another."""
    add_device(owner)
    # The first and the last fix are far away: what lies before the first fix outside is hidden with it.
    far = (-40.0, 60.0)
    visits = [(HOUR + 86_400 * n, place) for n, place in enumerate([far, *places, far])]
    between = [(HOUR + 43_200 + 86_400 * n, far) for n in range(len(places) + 1)]
    store(owner, *((time, fix(*place)) for time, place in sorted([*visits, *between])))
    refresh(owner)


def hidden(owner: Connection) -> list[bool]:
    """Whether each place is hidden, in the order of the visits, once the areas' changes are worked off."""
    mask(owner)
    found = rows(
        owner,
        "SELECT hidden FROM iot_personal_hub.locations WHERE latitude <> -40 OR longitude <> 60 ORDER BY location_time",
    )
    return [row["hidden"] for row in found]


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(*rings: list[list[float]]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": rings})


def kept(owner: Connection) -> dict[str, Any]:
    [area] = rows(
        owner,
        "SELECT geometrytype(polygon) AS kind, st_xmin(polygon) AS west, st_xmax(polygon) AS east,"
        " st_area(polygon::geography) AS square_m, st_npoints(polygon) AS corners FROM iot_personal_hub.dim_blocked_areas",
    )
    return area


def test_a_circle_is_added_listed_edited_and_removed_by_command(owner: Connection) -> None:
    visit(owner, (52.23, 21.01), (52.33, 21.01))
    assert "is private now, for past data too" in run("area", "add", "home", "--circle", "52.23,21.01,100")
    assert "Working through past data: 0 %" in run("area", "list")
    assert "masked" in run("area", "finish")
    assert "Working" not in run("area", "list")
    assert hidden(owner) == [True, False]
    [area] = json.loads(run("area", "list", "--json"))
    assert area.keys() == {"id", "name", "hectares", "zone_radius_m", "margin_m", "created_at"}
    assert (area["hectares"], area["zone_radius_m"], area["margin_m"]) == (pytest.approx(3.14, rel=0.01), 1000, 900)
    run("area", "edit", "home", "--circle", "52.33,21.01,100", "--name", "work")
    assert hidden(owner) == [False, True]
    assert "others see no readings until" in run("area", "remove", "work", "--yes").lower()
    assert hidden(owner) == [False, False]


def test_a_margin_that_hides_less_well_is_told() -> None:
    told = CliRunner().invoke(app, ["area", "add", "home", "--circle=52,21,100", "--margin", "499"])
    assert "docs/privacy.md" in told.stderr
    assert CliRunner().invoke(app, ["area", "edit", "home", "--margin", "500"]).stderr == ""
    assert [area["margin_m"] for area in json.loads(run("area", "list", "--json"))] == [500]
    assert "0 to 20,000" in fail("area", "edit", "home", "--margin", "20001")


def test_a_change_of_the_margin_re_masks(owner: Connection) -> None:
    # However it is displaced, a zone reaches from the middle by 837 + 1000 m at most, then by 20,100 - 837 m at least.
    visit(owner, (52.23 + 2000 / DEGREE, 21.01))
    run("area", "add", "home", "--circle", "52.23,21.01,100", "--margin", "500")
    assert hidden(owner) == [False]
    run("area", "edit", "home", "--margin", "20000")
    assert hidden(owner) == [True]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["add", "a", "--circle", "91,21,100"], "latitude"),
        (["add", "a", "--circle", "52,181,100"], "longitude"),
        (["add", "a", "--circle", "52,21,9"], "10 to 100,000"),
        (["add", "a", "--circle", "52,21,100001"], "10 to 100,000"),
        (["add", "a", "--circle", "52,21,nan"], "10 to 100,000"),
        (["add", "a", "--circle", "home"], "three numbers"),
        (["add", "a", "--circle", "90,0,1000"], "around a pole"),
        (["add", "a", "--circle", "-89.99,0,100000"], "around a pole"),
        (["add", "a", "--circle", "89.5,0,1000"], "too near a pole"),
        (["add", "a"], "Where is it?"),
        (["add", " ", "--circle", "52,21,100"], "needs a name"),
        (["edit", "none", "--margin", "600"], "no area"),
        (["edit", "none"], "What is to change"),
    ],
)
def test_what_can_not_be_an_area_is_told_in_a_line(arguments: list[str], why: str) -> None:
    told = fail("area", *arguments)
    assert why in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("drawn", "why"),
    [
        (polygon(ring(-180, -90, 180, 90)), "whole world"),
        (polygon(ring(-200, -10, 200, 10)), "whole world"),
        (polygon([[-120, 60], [0, 60], [120, 60], [240, 60]]), "around a pole"),
        (polygon([[0, 80], [120, 80], [-120, 80], [0, 80]]), "around a pole"),
        (polygon(ring(0, 0, 20, 20)), "larger than a million"),
        (polygon(ring(0, 0, 40, 0.1)), "more than 4000 km"),
        (polygon(ring(20, 89.2, 21, 89.3)), "too near a pole"),
        (polygon([[52, 121], [52.1, 121], [52.1, 121.1], [52, 121]]), "swapped"),
        (polygon([[600, 1], [601, 1], [601, 2], [600, 1]]), "not on earth"),
        (polygon([[21, 52], [21, 52], [21, 52], [21, 52]]), "border"),
        (polygon([[21, 52], [22, 52], [22, 53], [21, 53]]), "not closed"),
        (polygon([[21, 52], [22, 53], [22, 52], [21, 53], [21, 52]]), "border is wrong: Self-intersection"),
        (polygon([]), "empty"),
        (json.dumps({"type": "LineString", "coordinates": [[21, 52], [22, 52]]}), "linestring, not a polygon"),
        (json.dumps({"type": "Polygon"}), "coordinates"),
        (json.dumps({"type": "Polygon", "coordinates": [[["a", "b"]]]}), "coordinates"),
        ("{", "not GeoJSON"),
    ],
)
def test_a_bad_shape_is_refused_with_the_reason(owner: Connection, drawn: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        add_area(owner, "odd", drawn)


def test_a_reason_holds_no_coordinate(owner: Connection) -> None:
    crossing = polygon([[21, 52], [22, 53], [22, 52], [21, 53], [21, 52]])
    with pytest.raises(UserError) as told:
        add_area(owner, "odd", crossing)
    assert "21" not in str(told.value)


FIJI = [(-17.0, 179.95), (-17.0, -179.95), (-17.0, 179.5), (-17.0, -179.5)]
"""Two places inside, two outside."""


@pytest.mark.parametrize(
    "drawn",
    [
        polygon(ring(179.9, -17.1, 180.1, -16.9)),
        polygon(ring(-180.1, -17.1, -179.9, -16.9)),
        polygon([[179.9, -17.1], [-179.9, -17.1], [-179.9, -16.9], [179.9, -16.9], [179.9, -17.1]]),
        json.dumps({
            "type": "MultiPolygon",
            "coordinates": [[ring(179.9, -17.1, 180, -16.9)], [ring(-180, -17.1, -179.9, -16.9)]],
        }),
    ],
)  # fmt: skip
def test_an_area_across_the_antimeridian_hides_both_sides(owner: Connection, drawn: str) -> None:
    visit(owner, *FIJI)
    add_area(owner, "island", drawn)
    assert hidden(owner) == [True, True, False, False]
    area = kept(owner)
    assert (area["kind"], area["west"], area["east"]) == ("MULTIPOLYGON", -180, 180)
    assert area["square_m"] == pytest.approx(0.2 * 0.2 * DEGREE**2 * math.cos(math.radians(17)), rel=0.01)


def test_a_circle_across_the_antimeridian_hides_both_sides(owner: Connection) -> None:
    visit(owner, *FIJI)
    run("area", "add", "island", "--circle=-17,180,9000")
    assert hidden(owner) == [True, True, False, False]
    assert kept(owner)["square_m"] == pytest.approx(math.pi * 9000**2, rel=0.005)


@pytest.mark.parametrize("latitude", [0, 45, -70, 84])
def test_a_circle_is_round_on_the_ground(owner: Connection, latitude: float) -> None:
    run("area", "add", "town", f"--circle={latitude},21,100000", "--margin", "0")
    [reach] = rows(
        owner,
        "SELECT min(metres) AS least, max(metres) AS most FROM (SELECT st_distance(st_setsrid(st_makepoint(21, %s), 4326)"
        "::geography, corner.geom::geography) AS metres FROM iot_personal_hub.dim_blocked_areas AS area,"
        " st_dumppoints(area.polygon) AS corner) AS measured",
        latitude,
    )
    assert reach["least"] > 99_950
    assert reach["most"] < 100_200


def test_every_part_of_a_multi_polygon_is_hidden(owner: Connection) -> None:
    visit(owner, (52.05, 21.05), (52.05, 22.05), (52.05, 21.55))
    parts = [[ring(21, 52, 21.1, 52.1)], [ring(22, 52, 22.1, 52.1)]]
    add_area(owner, "homes", json.dumps({"type": "MultiPolygon", "coordinates": parts}))
    assert hidden(owner) == [True, True, False]


def test_a_hole_that_the_margin_fills_is_hidden_and_a_wide_one_is_not(owner: Connection) -> None:
    visit(owner, (52.05, 21.05), (53.05, 21.05))
    small, wide = ring(21.045, 52.047, 21.055, 52.053), ring(21.02, 53.02, 21.08, 53.08)
    add_area(owner, "small hole", polygon(ring(21, 52, 21.1, 52.1), small))
    add_area(owner, "wide hole", polygon(ring(21, 53, 21.1, 53.1), wide))
    assert hidden(owner) == [True, False]


def test_a_long_edge_hides_what_it_is_drawn_along(owner: Connection) -> None:
    # Half a mile inside of a straight southern border 600 km long, whose great circle runs 7 km north of it.
    visit(owner, (60.008, 25.0))
    add_area(owner, "country", polygon(ring(20, 60, 30, 60.5)), 0)
    assert hidden(owner) == [True]


def test_an_edited_shape_hides_the_new_place_and_shows_the_old(owner: Connection, tmp_path: Path) -> None:
    visit(owner, (52.05, 21.05), (53.05, 21.05))
    first, second = tmp_path / "first.geojson", tmp_path / "second.geojson"
    first.write_text(polygon(ring(21, 52, 21.1, 52.1)))
    second.write_text(polygon(ring(21, 53, 21.1, 53.1)))
    run("area", "add", "home", "--geojson", str(first))
    assert hidden(owner) == [True, False]
    run("area", "edit", "home", "--geojson", str(second))
    assert hidden(owner) == [False, True]


def test_a_name_is_taken_once(owner: Connection) -> None:
    add_area(owner, "home", polygon(ring(21, 52, 21.1, 52.1)))
    add_area(owner, "work", polygon(ring(22, 52, 22.1, 52.1)))
    with pytest.raises(UserError, match="already"):
        edit_area(owner, "work", new_name="home")
