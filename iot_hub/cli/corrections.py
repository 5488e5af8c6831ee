"""``edit wrong|hide|mode|move|split|merge|log|undo``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.changed_corrections import print_log, print_made, print_undone
from iot_hub.cli.output import AsJson, print_json
from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.corrections.log import Concerned

Device = Annotated[str, typer.Argument(metavar="DEVICE", help="The device, by name or id.")]
Since = Annotated[
    str, typer.Option("--since", metavar="TIME", help="Start: ISO 8601, in your time zone unless it has an offset.")
]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help="End, exclusive.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what is concerned, and change nothing.")]
_MODES = "on_foot, bicycle, vehicle, train, boat or flight."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    edit = typer.Typer(
        no_args_is_help=True, help="Put right what a phone or the hub got wrong. Nothing that came in is changed."
    )
    edit.command("wrong")(wrong)
    edit.command("hide")(hide)
    edit.command("mode")(mode)
    edit.command("move")(move)
    edit.command("split")(split)
    edit.command("merge")(merge)
    edit.command("log")(log)
    edit.command("undo")(undo)
    app.add_typer(edit, name="edit")


def wrong(
    device: Device,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Start. Default: since ever.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="End, exclusive. Default: for ever.")] = None,
    source: Annotated[str | None, typer.Option(help="Only fixes that this source reported, such as owntracks.")] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Mark a device's fixes as wrong: they count for nothing, nor do those of that time that come later."""
    given: dict[str, object] = {
        "since": since and parse_time(since), "until": until and parse_time(until), "source": source,
    }  # fmt: skip
    _make(device, "wrong_fixes", given, dry_run=dry_run, yes=yes, as_json=as_json)


def hide(
    device: Device, since: Since, until: Until, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Hide stays and trips: nobody knows where the device was."""
    _make(device, "hide", _stretch(since, until), dry_run=dry_run, yes=yes, as_json=as_json)


def mode(
    device: Device,
    mode: Annotated[str, typer.Argument(metavar="MODE", help=_MODES)],
    since: Since,
    until: Until,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Set the mode in which trips were made."""
    _make(device, "mode", {**_stretch(since, until), "mode": mode}, dry_run=dry_run, yes=yes, as_json=as_json)


def move(
    device: Device,
    at: Annotated[str, typer.Option(metavar="LAT,LON", help="Where it was.")],
    since: Since,
    until: Until,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Move a stay to where it was."""
    from iot_hub.places.place import position_of

    latitude, longitude = position_of(at)
    given = {**_stretch(since, until), "latitude": latitude, "longitude": longitude}
    _make(device, "move", given, dry_run=dry_run, yes=yes, as_json=as_json)


def split(
    device: Device,
    when: Annotated[str, typer.Option("--when", metavar="TIME", help="The minute.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Cut a stay or a trip in two."""
    _make(device, "split", _stretch(when, when), dry_run=dry_run, yes=yes, as_json=as_json)


def merge(
    device: Device,
    into: Annotated[str, typer.Argument(metavar="stay|trip", help="What it becomes.")],
    since: Since,
    until: Until,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make one stay, or one trip, of everything between two times."""
    _make(device, "merge", {**_stretch(since, until), "becomes": into}, dry_run=dry_run, yes=yes, as_json=as_json)


def log(
    device: Annotated[str | None, typer.Option(help="Only this device's, by name or id.")] = None,
    as_json: AsJson = False,
) -> None:
    """List all corrections, the newest first, undone ones too."""
    from iot_hub.access.devices import find_device
    from iot_hub.corrections.log import listed

    with owner_connection() as connection:
        rows = listed(connection, find_device(connection, device) if device else None)
    print_log(rows, "edit", as_json=as_json)


def undo(
    number: Annotated[int | None, typer.Argument(metavar="[ID]", help="Its number. Default: the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Undo a correction. To redo it, make it again."""
    from iot_hub.corrections.log import undo as undo_correction

    with owner_connection() as connection:
        undone = undo_correction(connection, number)
    print_undone(undone, as_json=as_json)


def _stretch(since: str, until: str) -> dict[str, object]:
    return {"since": parse_time(since), "until": parse_time(until)}


def _make(device: str, kind: str, given: dict[str, object], *, dry_run: bool, yes: bool, as_json: bool) -> None:
    from iot_hub.access.devices import named_device
    from iot_hub.corrections.correction import Correction
    from iot_hub.corrections.log import make, preview

    with owner_connection() as connection:
        device_id, name = named_device(connection, device)
        correction = Correction(device_id, kind, **given)  # type: ignore[arg-type]
        concerned = preview(connection, correction, settings().time_zone)
        if dry_run and as_json:
            print_json(asdict(concerned))
        elif not as_json:
            typer.echo(f"{name}: {_sentence(kind, concerned)}.")
        if dry_run:
            return
        if not yes:
            typer.confirm("Correct that?", abort=True)
        made = make(connection, correction)
    print_made(made, "edit", as_json=as_json)


def _sentence(kind: str, concerned: Concerned) -> str:
    journeys = _count(concerned.journeys, "stay, trip or gap", "stays, trips and gaps")
    days = _count(concerned.days, "day", "days")
    if kind == "wrong_fixes":
        return f"{_count(concerned.fixes, 'fix', 'fixes')} on {days}, with {journeys}"
    return f"{journeys} on {days}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
