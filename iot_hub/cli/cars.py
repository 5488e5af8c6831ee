"""``car list|logbook|refuel|refuels|price|prices|remind|due|done|remove``."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time
from iot_hub.errors import UserError
from iot_hub.settings import settings

Car = Annotated[str, typer.Argument(metavar="CAR", help="The car, by its device's name or id.")]
Odometer = Annotated[float | None, typer.Option(help="What the odometer shows, in km.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    car = typer.Typer(no_args_is_help=True, help="Keep a car's fuel log, reminders and logbook.")
    car.command("list")(list_)
    car.command("logbook")(logbook)
    car.command("refuel")(refuel)
    car.command("refuels")(refuels)
    car.command("price")(price)
    car.command("prices")(prices)
    car.command("remind")(remind)
    car.command("due")(due)
    car.command("done")(done)
    car.command("remove")(remove)
    app.add_typer(car, name="car")


def list_(as_json: AsJson = False) -> None:
    """List the devices that have drives, charges or a fuel log."""
    from iot_hub.database.queries import query

    with owner_connection() as connection:
        rows = connection.execute(query("cars")).fetchall()
    print_rows(rows, as_json=as_json, empty="No drive yet. How to connect a car: docs/car.md")


def logbook(
    car: Car,
    since: Annotated[str, typer.Option("--from", help="Drives that start then or later: date, or time.")],
    until: Annotated[str, typer.Option("--to", help="Drives that start before: date, or time.")],
    output: Annotated[Path, typer.Option(help="The file: .pdf or .csv.")] = Path("logbook.pdf"),
    language: Annotated[str | None, typer.Option("--lang", help="en or pl. Default: the hub's.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a car's logbook: each drive with its places and odometer, business or private."""
    from datetime import UTC

    from iot_hub.access.devices import named_device
    from iot_hub.database.queries import query
    from iot_hub.transfer.exports.destination import whole_file
    from iot_hub.transfer.logbook.csv_file import csv_of
    from iot_hub.transfer.logbook.logbook import LANGUAGES, logbook_of
    from iot_hub.transfer.logbook.pdf_file import pdf_of

    if output.suffix not in (".pdf", ".csv"):
        raise UserError(f"{output} must end with .pdf or .csv.")
    if language not in (None, *LANGUAGES):
        raise UserError(f"Unknown language {language!r}. Languages: {', '.join(LANGUAGES)}.")
    start, end = parse_time(since), parse_time(until)
    if start >= end:
        raise UserError("--from must be before --to.")
    with owner_connection() as connection:
        device, name = named_device(connection, car)
        asked = {"device": device, "since": start, "until": end}
        rows = connection.execute(query("logbook_drives"), asked).fetchall()
    spoken = language or ("pl" if settings().language == "pl" else "en")
    written = logbook_of(rows, name, start, end, settings().zone, spoken)
    content = pdf_of(written, datetime.now(UTC)) if output.suffix == ".pdf" else csv_of(written)
    with whole_file(output, replace=force) as file:
        file.write(content)
    unmarked = written.drives("unmarked")
    count = len(written.lines)
    typer.echo(f"Wrote {count} {'drive' if count == 1 else 'drives'}, {written.km():,.1f} km, to {output}.")
    if unmarked:
        typer.echo(f"Neither business nor private: {unmarked}. Mark them: iot-hub drives purpose --help")


def refuel(
    car: Car,
    litres: Annotated[float, typer.Argument(help="How much was bought.")],
    at: Annotated[str | None, typer.Option(help="When: ISO 8601, in your time zone. Default: now.")] = None,
    cost: Annotated[str | None, typer.Option(help="What was paid in all.")] = None,
    odometer: Odometer = None,
    partial: Annotated[bool, typer.Option("--partial", help="The tank is not full afterwards.")] = False,
    note: Annotated[str | None, typer.Option(help="Anything else, such as the station.")] = None,
) -> None:
    """Add a line to a car's fuel log. Consumption is known from one full tank to the next."""
    from datetime import UTC

    from iot_hub.access.devices import named_device
    from iot_hub.cars.refuels import Refuel, add_refuel

    when = parse_time(at) if at else datetime.now(UTC)
    with owner_connection() as connection:
        device, name = named_device(connection, car)
        number = add_refuel(
            connection,
            Refuel(device, when, litres, odometer, None if cost is None else _amount(cost), not partial, note),
        )
    typer.echo(f"Added refuelling {number} of {name!r}.")


def refuels(car: Car, as_json: AsJson = False) -> None:
    """List a car's fuel log, with the consumption from one full tank to the next."""
    from iot_hub.access.devices import named_device
    from iot_hub.cars.refuels import list_refuels

    with owner_connection() as connection:
        rows = list_refuels(connection, named_device(connection, car)[0])
    print_rows(rows, as_json=as_json, empty="No fuel noted yet. Add some: iot-hub car refuel --help")


def price(
    amount: Annotated[str, typer.Argument(metavar="PRICE", help="Of a kilowatt-hour.")],
    since: Annotated[str, typer.Option(metavar="TIME", help="Since when: date, or time.")],
    place: Annotated[str | None, typer.Option(help="A place of yours, by name or id. Default: anywhere else.")] = None,
) -> None:
    """Add a price of electricity. Charges since then are priced by it, past ones too."""
    from iot_hub.cars.electricity import add_price
    from iot_hub.places.address_book import find_place

    with owner_connection() as connection:
        place_id = find_place(connection, place)[0] if place else None
        number = add_price(connection, _amount(amount), parse_time(since), place_id)
    typer.echo(f"Added price {number}.")


def prices(as_json: AsJson = False) -> None:
    """List the prices of electricity."""
    from iot_hub.cars.electricity import list_prices

    with owner_connection() as connection:
        rows = list_prices(connection)
    print_rows(rows, as_json=as_json, empty="No price yet. Add one: iot-hub car price --help")


def remind(
    car: Car,
    name: Annotated[str, typer.Argument(help="What is due, such as 'oil change'.")],
    every_km: Annotated[float | None, typer.Option(help="After how many kilometres.")] = None,
    every_months: Annotated[int | None, typer.Option(help="After how many months.")] = None,
    done_on: Annotated[str | None, typer.Option(metavar="DATE", help="When it was last done. Default: today.")] = None,
    odometer: Annotated[float | None, typer.Option(help="What the odometer showed then, in km.")] = None,
) -> None:
    """Add a reminder: due again after a distance or a time, whichever is first."""
    from iot_hub.access.devices import named_device
    from iot_hub.cars.reminders import Reminder, add_reminder

    day = _day(done_on)
    with owner_connection() as connection:
        device, _ = named_device(connection, car)
        number = add_reminder(connection, Reminder(device, name, day, every_km, every_months, odometer))
    typer.echo(f"Added reminder {number}: {name}.")


def due(car: Car, as_json: AsJson = False) -> None:
    """List what is due for a car, the soonest first."""
    from iot_hub.access.devices import named_device
    from iot_hub.cars.reminders import list_due

    with owner_connection() as connection:
        rows = list_due(connection, named_device(connection, car)[0], _day(None))
    print_rows(rows, as_json=as_json, empty="Nothing is noted. Add a reminder: iot-hub car remind --help")


def done(
    car: Car,
    number: Annotated[int, typer.Argument(help="The reminder's number.")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="When it was done. Default: today.")] = None,
    odometer: Odometer = None,
) -> None:
    """Note that something was done: it counts from that day and distance again."""
    from iot_hub.access.devices import named_device
    from iot_hub.cars.reminders import mark_done

    with owner_connection() as connection:
        mark_done(connection, named_device(connection, car)[0], number, _day(on), odometer)
    typer.echo(f"Reminder {number} counts again.")


def remove(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="refuel, price or reminder.")],
    number: Annotated[int, typer.Argument(help="Its number.")],
    car: Annotated[str | None, typer.Option(help="The car, of a refuelling or a reminder.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Remove a line of the fuel log, a price or a reminder."""
    from iot_hub.access.devices import named_device
    from iot_hub.cars.electricity import remove_price
    from iot_hub.cars.refuels import remove_refuel
    from iot_hub.cars.reminders import remove_reminder

    if what not in ("refuel", "price", "reminder"):
        raise UserError(f"Unknown {what!r}. Remove a refuel, a price or a reminder.")
    if what != "price" and car is None:
        raise UserError("Name the car: --car.")
    if not yes:
        typer.confirm(f"Remove {what} {number}?", abort=True)
    with owner_connection() as connection:
        if car is None or what == "price":
            remove_price(connection, number)
        else:
            device, _ = named_device(connection, car)
            (remove_refuel if what == "refuel" else remove_reminder)(connection, device, number)
    typer.echo(f"Removed {what} {number}.")


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise UserError(f"{text!r} is not an amount such as 6.49.") from error
    if not amount.is_finite():
        raise UserError(f"{text!r} is not an amount such as 6.49.")
    return amount


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(settings().zone).date()
    return parse_time(text).astimezone(settings().zone).date()
