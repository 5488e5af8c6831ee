"""``simulate``: realistic devices, for a demo or for load."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.owner import owner_connection
from iot_hub.errors import UserError
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.operations.demo import Receipt, SimulatedDevice
    from iot_hub.operations.demo.home import HomeDelivery, SimulatedHome
    from iot_hub.operations.demo.travels.past import Owned


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    days: Annotated[float, typer.Option(help="Days of history to send first.")] = 7,
    follow: Annotated[bool, typer.Option("--follow", help="Then keep sending each reading when it is due.")] = False,
    url: Annotated[str | None, typer.Option(help="URL of the running hub. Default: this machine's.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish the devices when they are first added.")] = False,
    travels: Annotated[
        bool, typer.Option("--travels", help="Also import years of travels of two more people.")
    ] = False,
) -> None:
    """Send the readings of three simulated phones, a sensor, a car and a home to a running hub.

    The phones follow real GPS tracks; the home's devices publish to the hub's own broker, if it runs. Travels are
    imported into this machine's hub, the newest month first. Safe to repeat: duplicates are skipped.
    """
    from iot_hub.operations import mosquitto
    from iot_hub.operations.demo.prepare import prepare_demo, prepare_home, prepare_travellers

    if days < 0:
        raise UserError("--days must not be negative.")
    with owner_connection() as connection:
        devices = prepare_demo(settings(), connection, publish=publish)
        # Never at a broker that is not the hub's own: others listen there.
        has_broker = settings().mqtt_url is None and mosquitto.answers(settings())
        home = prepare_home(settings(), connection) if has_broker else None
        travellers = prepare_travellers(settings(), connection) if travels else []
    if home is None:
        typer.echo("The hub's own MQTT broker does not run: the simulated home is left out.")
    try:
        receipt = asyncio.run(
            _run(url or f"http://127.0.0.1:{settings().port}", devices, home, travellers, days=days, follow=follow)
        )
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    typer.echo(f"{receipt.stored} stored, {receipt.duplicates} duplicates, {receipt.rejected} rejected")
    if home is not None:
        typer.echo(f"{receipt.published} messages published")


async def _run(
    url: str,
    devices: list[tuple[SimulatedDevice, str]],
    home: tuple[SimulatedHome, HomeDelivery] | None,
    travellers: list[tuple[Owned, str]],
    *,
    days: float,
    follow: bool,
) -> Receipt:
    from iot_hub.operations.demo import run

    now = datetime.now(UTC)
    since = now - timedelta(days=days)
    phones = [(owned.phone, token) for owned, token in travellers]
    sent, imported = await asyncio.gather(
        run(
            url=url,
            devices=[*devices, *phones],
            home=home,
            since=since,
            until=now,
            follow=follow,
            on_progress=_Progress(),
        ),
        _import_past([owned for owned, _ in travellers], since),
    )
    return sent + imported


async def _import_past(owned: list[Owned], until: datetime) -> Receipt:
    """Import the travels before an instant while the present is being sent."""
    from iot_hub.operations.demo import Receipt
    from iot_hub.operations.demo.travels.past import import_past

    if not owned:
        return Receipt()
    with owner_connection() as connection:
        return Receipt(stored=await import_past(connection, owned, until.timestamp()))


class _Progress:
    """A progress bar on a terminal; nothing in a log."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, done: float, total: float) -> None:
        if not sys.stderr.isatty() or not total:
            return
        share = min(done / total, 1)
        elapsed = time.monotonic() - self._started
        bar = "█" * round(share * 30)
        end = "\n" if share >= 1 else ""
        typer.echo(f"\rSending history  {bar:<30} {share:4.0%}  {elapsed:3.0f} s{end}", err=True, nl=False)
