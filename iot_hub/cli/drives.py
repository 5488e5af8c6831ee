"""``drives list|merge|split|name|purpose|log|undo``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.changed_corrections import print_log, print_made, print_undone
from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.corrections.drive_log import ConcernedDrives

Car = Annotated[str, typer.Argument(metavar="CAR", help="The car, by its device's name or id.")]
Since = Annotated[
    str, typer.Option("--since", metavar="TIME", help="Start: ISO 8601, in your time zone unless it has an offset.")
]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help="End.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say which drives are concerned, and change nothing.")]

_SHOWN = ("starts", "minutes", "km", "fuel_L_100km", "energy_Wh_km", "start_place", "end_place", "purpose", "name")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    drives = typer.Typer(no_args_is_help=True, help="List a car's drives, and merge, split and name them.")
    drives.command("list")(list_)
    drives.command("merge")(merge)
    drives.command("split")(split)
    drives.command("name")(name)
    drives.command("purpose")(purpose)
    drives.command("log")(log)
    drives.command("undo")(undo)
    app.add_typer(drives, name="drives")


def list_(
    car: Annotated[str | None, typer.Option(help="Only this car's, by its device's name or id.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Start. Default: since ever.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="End. Default: for ever.")] = None,
    as_json: AsJson = False,
) -> None:
    """List drives, oldest first. With --json, everything that is known of each."""
    from iot_hub.access.devices import find_device
    from iot_hub.database.queries import query

    with owner_connection() as connection:
        asked = {
            "devices": [find_device(connection, car)] if car else None,
            "since": parse_time(since) if since else None, "until": parse_time(until) if until else None,
            "limit": None,
        }  # fmt: skip
        rows = connection.execute(query("drives"), asked).fetchall()
    if not as_json:
        zone = settings().zone
        rows = [
            {column: drive[column] for column in _SHOWN}
            for drive in (
                row | {
                    "starts": row["starts"].astimezone(zone).replace(microsecond=0),
                    "minutes": round(row["duration_s"] / 60),
                    "km": None if row["distance_m"] is None else round(row["distance_m"] / 1000, 1),
                }
                for row in rows
            )
        ]  # fmt: skip
    print_rows(rows, as_json=as_json, empty="No drive yet. How a car reports: docs/connect.md")


def merge(
    car: Car, since: Since, until: Until, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Make one drive of those between two times."""
    _make(car, {"kind": "merge", "since": since, "until": until}, dry_run=dry_run, yes=yes, as_json=as_json)


def split(
    car: Car,
    when: Annotated[str, typer.Option("--when", metavar="TIME", help="Where it is cut.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Cut a drive in two."""
    _make(car, {"kind": "split", "since": when}, dry_run=dry_run, yes=yes, as_json=as_json)


def name(
    car: Car,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What they are called.")],
    since: Since,
    until: Until,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Name the drives of which more than half is between two times."""
    _make(car, {"kind": "name", "since": since, "until": until, "name": name},
          dry_run=dry_run, yes=yes, as_json=as_json)  # fmt: skip


def purpose(
    car: Car,
    purpose: Annotated[str, typer.Argument(metavar="business|private", help="What they were for.")],
    since: Since,
    until: Until,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Set the purpose of the drives of which more than half is between two times."""
    _make(car, {"kind": "purpose", "since": since, "until": until, "purpose": purpose},
          dry_run=dry_run, yes=yes, as_json=as_json)  # fmt: skip


def log(
    car: Annotated[str | None, typer.Option(help="Only this car's, by its device's name or id.")] = None,
    as_json: AsJson = False,
) -> None:
    """List all corrections of drives, the newest first, undone ones too."""
    from iot_hub.access.devices import find_device
    from iot_hub.corrections.drive_log import listed

    with owner_connection() as connection:
        rows = listed(connection, find_device(connection, car) if car else None)
    print_log(rows, "drives", as_json=as_json)


def undo(
    number: Annotated[int | None, typer.Argument(metavar="[ID]", help="Its number. Default: the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Undo a correction of drives. To redo it, make it again."""
    from iot_hub.corrections.drive_log import undo as undo_correction

    with owner_connection() as connection:
        undone = undo_correction(connection, number)
    print_undone(undone, as_json=as_json)


def _make(car: str, given: dict[str, str], *, dry_run: bool, yes: bool, as_json: bool) -> None:
    from iot_hub.access.devices import named_device
    from iot_hub.corrections.drive_correction import DriveCorrection
    from iot_hub.corrections.drive_log import make, preview

    with owner_connection() as connection:
        device_id, device = named_device(connection, car)
        correction = DriveCorrection(
            device_id, given["kind"], parse_time(given["since"]),
            until=parse_time(given["until"]) if "until" in given else None,
            name=given.get("name"), purpose=given.get("purpose"),
        )  # fmt: skip
        concerned = preview(connection, correction, settings().time_zone)
        if dry_run and as_json:
            print_json(asdict(concerned))
        elif not as_json:
            typer.echo(f"{device}: {_sentence(concerned)}.")
        if dry_run:
            return
        if not yes and concerned.drives != 1:
            typer.confirm("Correct that?", abort=True)
        made = make(connection, correction)
    print_made(made, "drives", as_json=as_json)


def _sentence(concerned: ConcernedDrives) -> str:
    drives = f"{concerned.drives:,} {'drive' if concerned.drives == 1 else 'drives'}"
    days = f"{concerned.days:,} {'day' if concerned.days == 1 else 'days'}"
    far = "" if concerned.distance_m is None else f", {concerned.distance_m / 1000:,.1f} km together"
    return f"{drives} on {days}{far}"
