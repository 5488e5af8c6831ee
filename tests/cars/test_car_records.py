"""What a car's owner writes down: consumption between full tanks, prices of charges, and what is due when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from drive_world import HOME, MINUTE, Car
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from journey_world import utc

from iot_hub.cars.electricity import add_price, list_prices, remove_price
from iot_hub.cars.refuels import Refuel, add_refuel, list_refuels, remove_refuel, restore_refuel
from iot_hub.cars.reminders import Reminder, add_reminder, list_due, mark_done, remove_reminder
from iot_hub.errors import UserError
from iot_hub.obd.fault_codes import is_fault_code, meaning
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place

MORNING = utc(2026, 3, 3, 6)
TODAY = date(2026, 3, 3)


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner, name="car")
    return owner


def fuel(owner: Connection, day: int, litres: float, odometer_km: float | None, *, is_full: bool = True) -> int:
    return add_refuel(owner, Refuel(1, utc(2026, 3, day), litres, odometer_km, Decimal("6.49"), is_full))


def per_100_km(owner: Connection) -> list[float | None]:
    return [row["litres_per_100_km"] for row in list_refuels(owner, 1)]


def test_consumption_is_known_from_one_full_tank_to_the_next(owner: Connection) -> None:
    fuel(owner, 1, 50, 10_000)
    fuel(owner, 5, 20, 10_300, is_full=False)
    fuel(owner, 9, 30, 10_800)
    # Newest first: 50 litres for 800 km; the tank that was not filled tells nothing, nor does the first one.
    assert per_100_km(owner) == [6.25, None, None]


def test_a_full_tank_without_an_odometer_reading_counts_for_the_next(owner: Connection) -> None:
    fuel(owner, 1, 50, 10_000)
    fuel(owner, 5, 25, None)
    fuel(owner, 9, 25, 11_000)
    assert per_100_km(owner) == [5.0, None, None]


def test_a_line_that_was_removed_does_not_count_until_it_is_restored(owner: Connection) -> None:
    fuel(owner, 1, 50, 10_000)
    wrong = fuel(owner, 5, 500, 10_400)
    fuel(owner, 9, 50, 11_000)
    remove_refuel(owner, 1, wrong)
    assert per_100_km(owner) == [5.0, None]
    restore_refuel(owner, 1, wrong)
    assert len(per_100_km(owner)) == 3
    with pytest.raises(UserError):
        remove_refuel(owner, 1, wrong + 7)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "given",
    [
        {"litres": 0}, {"litres": 6000}, {"litres": NAN}, {"litres": 1e-320}, {"odometer_km": -1}, {"odometer_km": NAN},
        {"odometer_km": INF}, {"odometer_km": 2e8}, {"cost": Decimal(-1)}, {"cost": Decimal("1e11")},
        {"cost": Decimal("NaN")}, {"note": "x" * 201}, {"note": "a\x00b"}, {"note": "a\nb"},
        {"refuelled_at": utc(1969, 12, 31)}, {"refuelled_at": utc(2150, 1, 1)},
    ],
)  # fmt: skip
def test_a_slip_is_refused_in_words(owner: Connection, given: dict[str, object]) -> None:
    with pytest.raises(UserError, match=r"\w"):
        add_refuel(owner, Refuel(**({"device_id": 1, "refuelled_at": MORNING, "litres": 10} | given)))  # type: ignore[arg-type]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(some.lists(some.tuples(some.floats(1, 80), some.integers(1, 900)), min_size=2, max_size=8))
def test_what_tanks_used_adds_up_to_all_that_was_bought(owner: Connection, bought: list[tuple[float, int]]) -> None:
    with owner.transaction(force_rollback=True):
        odometer = 1000.0
        for day, (litres, km) in enumerate(bought):
            odometer += km
            at = MORNING + timedelta(days=day)
            add_refuel(owner, Refuel(1, at, litres, odometer))
        listed = list_refuels(owner, 1)
        used = sum(row["litres_per_100_km"] * row["driven_km"] / 100 for row in listed if row["driven_km"])
        assert used == pytest.approx(sum(litres for litres, _ in bought[1:]), abs=0.005 * odometer / 100)


def test_full_tanks_of_one_time_are_in_the_order_of_the_odometer(owner: Connection) -> None:
    fuel(owner, 1, 50, 10_000)
    fuel(owner, 5, 30, 10_900)
    fuel(owner, 5, 30, 10_500)
    assert per_100_km(owner) == [7.5, 6.0, None]


def test_an_odometer_that_goes_backwards_is_refused_with_the_reading_beside_it(owner: Connection) -> None:
    fuel(owner, 1, 50, 10_000)
    fuel(owner, 9, 50, 11_200)
    with pytest.raises(UserError, match="more than the fuel log's 11,200 km"):
        fuel(owner, 5, 40, 18_000)
    with pytest.raises(UserError, match="less than the fuel log's 10,000 km"):
        fuel(owner, 5, 40, 9_000)


@pytest.mark.parametrize("price", ["-1", "1e9", "1e-9", "NaN", "Infinity"])
def test_a_price_that_nobody_pays_is_refused(owner: Connection, price: str) -> None:
    with pytest.raises(UserError):
        add_price(owner, Decimal(price), MORNING)


def test_a_glitch_of_the_odometer_makes_nothing_due(owner: Connection) -> None:
    car = Car()
    ends = car.drive(MORNING, 1800, 60)
    store(owner, *car.reports, ((ends + MINUTE).timestamp(), {"vehicle": {"odometer_km": 16_777_215, "speed_kmh": 0}}))
    refresh(owner)
    add_reminder(owner, Reminder(1, "oil", TODAY, 15_000, None, 12_000))
    assert list_due(owner, 1, TODAY)[0]["km_left"] == pytest.approx(14_970, abs=1)


def test_the_newest_odometer_reading_counts_rather_than_the_highest(owner: Connection) -> None:
    fuel(owner, 1, 40, 120_100)
    car = Car()
    car.drive(MORNING, 1800, 60)
    store(owner, *car.reports)
    refresh(owner)
    add_reminder(owner, Reminder(1, "oil", TODAY, 15_000, None, 12_000))
    assert list_due(owner, 1, TODAY)[0]["odometer_km"] == pytest.approx(12_030, abs=1)


def test_a_day_of_the_far_future_is_still_a_date(owner: Connection) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.service_reminders (device_id, name, every_months, done_on)"
        " VALUES (1, 'a', 600, '9990-01-01')"
    )
    assert list_due(owner, 1, TODAY)[0]["due_on"] == date(9999, 12, 31)


def charge(owner: Connection, starts: datetime) -> None:
    position = {"latitude": HOME[0], "longitude": HOME[1]}
    store(owner, *(
        ((starts + n * MINUTE).timestamp(),
         {"vehicle": {"charging_power_W": 6000, "battery_percent": 40 + n}, "location": position})
        for n in range(61)
    ))  # fmt: skip
    refresh(owner)


def cost(owner: Connection) -> list[Decimal | None]:
    found = rows(owner, "SELECT cost FROM iot_personal_hub.priced_charges ORDER BY starts")
    return [row["cost"] for row in found]


def test_a_charge_has_the_price_that_was_in_force_at_its_place(owner: Connection) -> None:
    charge(owner, MORNING)
    assert cost(owner) == [None]
    anywhere = add_price(owner, Decimal("2.00"), utc(2026, 1, 1))
    assert cost(owner) == [Decimal("12.00")]
    home = add_place(owner, Place("Home", *HOME, "home"))
    add_price(owner, Decimal("0.50"), utc(2026, 1, 1), home)
    add_price(owner, Decimal("9.00"), utc(2026, 4, 1), home)
    assert cost(owner) == [Decimal("3.00")]
    assert [row["place"] for row in list_prices(owner)] == [None, "Home", "Home"]
    remove_price(owner, anywhere)
    assert len(list_prices(owner)) == 2
    with pytest.raises(UserError):
        remove_price(owner, anywhere)


def test_a_reminder_is_due_by_distance_or_date_whichever_is_first(owner: Connection) -> None:
    car = Car()
    car.drive(MORNING, 1800, 60)
    store(owner, *car.reports)
    refresh(owner)
    add_reminder(owner, Reminder(1, "oil", date(2026, 1, 1), 15_000, 12, 1_000))
    add_reminder(owner, Reminder(1, "inspection", date(2025, 3, 13), every_months=12))
    inspection, oil = list_due(owner, 1, TODAY)
    assert (inspection["name"], inspection["days_left"], inspection["due_on"]) == ("inspection", 10, date(2026, 3, 13))
    assert oil["km_left"] == pytest.approx(1_000 + 15_000 - 12_030, abs=1)
    # 30 km in 90 days: the date is first.
    assert oil["days_left"] == (date(2027, 1, 1) - TODAY).days


def test_a_distance_that_is_reached_is_due_at_once_until_it_is_done(owner: Connection) -> None:
    fuel(owner, 1, 40, 20_100)
    number = add_reminder(owner, Reminder(1, "tyres", TODAY, 10_000, None, 10_000))
    with pytest.raises(UserError):
        mark_done(owner, 1, number, TODAY, -5)
    with pytest.raises(UserError):
        mark_done(owner, 1, number, date(9999, 12, 31), 20_100)
    [tyres] = list_due(owner, 1, TODAY)
    assert (tyres["km_left"], tyres["days_left"]) == (-100, 0)
    mark_done(owner, 1, number, TODAY, 20_100)
    assert list_due(owner, 1, TODAY)[0]["km_left"] == 10_000
    remove_reminder(owner, 1, number)
    assert list_due(owner, 1, TODAY) == []


def test_a_car_without_an_odometer_is_not_said_to_have_kilometres_left(owner: Connection) -> None:
    add_reminder(owner, Reminder(1, "tyres", TODAY, 10_000, None, 0))
    [tyres] = list_due(owner, 1, TODAY)
    assert (tyres["km_left"], tyres["days_left"]) == (None, None)


@pytest.mark.parametrize(
    "reminder",
    [
        Reminder(1, " ", TODAY, every_months=1), Reminder(1, "a", TODAY), Reminder(1, "a", TODAY, every_months=0),
        Reminder(1, "a", TODAY, every_km=-1, done_at_km=0), Reminder(1, "a", TODAY, every_km=10),
        Reminder(1, "a", TODAY, every_km=10, done_at_km=NAN), Reminder(1, "a", TODAY, every_km=10, done_at_km=-5),
        Reminder(1, "a", TODAY, every_km=NAN, done_at_km=1), Reminder(1, "a\nb", TODAY, every_months=1),
        Reminder(1, "a", date(9990, 1, 1), every_months=600), Reminder(1, "a", date(1, 1, 1), every_months=1),
    ],
)  # fmt: skip
def test_a_reminder_that_would_never_be_due_is_refused(owner: Connection, reminder: Reminder) -> None:
    with pytest.raises(UserError):
        add_reminder(owner, reminder)


@given(some.sampled_from("PCBU"), some.integers(0, 0x3FFF), some.sampled_from(["en", "pl", "xx"]))
def test_every_fault_code_has_a_meaning(letter: str, number: int, language: str) -> None:
    code = f"{letter}{number:04X}"
    assert is_fault_code(code)
    assert meaning(code, language)


def test_a_known_fault_code_has_its_own_meaning_in_each_language() -> None:
    assert meaning("P0171") == "Mixture too lean, bank 1"
    assert meaning("P0171", "pl") == "Mieszanka za uboga, rząd 1"
    assert meaning("P1171") == meaning("P1999")
    assert meaning("hello") is None and meaning("P4000") is None
