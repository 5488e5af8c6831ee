"""``discovery list|approve|ignore|reset|rules|rule|unrule``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.output import AsJson, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.errors import UserError

if TYPE_CHECKING:
    from iot_hub.access.devices import Connection

Names = Annotated[list[str] | None, typer.Argument(metavar="DEVICE…", help="Their identities or labels in 'list'.")]
All = Annotated[bool, typer.Option("--all", help="All that nobody has decided about.")]
Pattern = Annotated[str, typer.Argument(help="A protocol or identities, * for anything: zigbee2mqtt, tasmota/attic*.")]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]

_SHOWN = ("identity", "label", "status", "device", "model", "availability", "last_heard", "held_messages")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Decide about devices that were discovered over MQTT.")
    group.command("list")(list_)
    group.command("approve")(approve)
    group.command("ignore")(ignore)
    group.command("reset")(reset)
    group.command("rules")(rules)
    group.command("rule")(rule)
    group.command("unrule")(unrule)
    app.add_typer(group, name="discovery")


def list_(as_json: AsJson = False) -> None:
    """List discovered devices, those to decide about first. Without "last heard": never heard live."""
    from iot_hub.access.discovered import list_discovered

    with owner_connection() as connection:
        rows = list_discovered(connection)
    shown = rows if as_json else [{name: row[name] for name in _SHOWN} for row in rows]
    print_rows(
        shown, as_json=as_json, empty="Nothing was discovered yet. Is MQTT connected? iot-hub doctor says so."
    )  # fmt: skip


def approve(
    devices: Names = None,
    every: All = False,
    name: Annotated[str | None, typer.Option(help="The new device's name. Default: its label.")] = None,
    into: Annotated[
        str | None,
        typer.Option(
            metavar="DEVICE", help="An existing device, by id or name, that it is: a sensor with a new id, say."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Approve devices: what they sent until now is stored, and what comes. `discovery reset` undoes it."""
    from iot_hub.access import discovered

    if (name or into) and (every or len(devices or []) != 1):
        raise UserError("--name and --into are for one device.")
    with owner_connection() as connection:
        approved = [
            {"identity": each, "device_id": discovered.approve(connection, each, name=name, into=into)}
            for each in _identities(connection, devices, every=every)
        ]
    print_rows(approved, as_json=as_json, empty="There is nothing to decide about.")


def ignore(devices: Names = None, every: All = False, yes: Yes = False) -> None:
    """Ignore devices: what waits of them is deleted, what comes is dropped. `discovery reset` proposes them again."""
    from iot_hub.access import discovered

    with owner_connection() as connection:
        identities = _identities(connection, devices, every=every)

        def decide() -> None:
            for each in identities:
                discovered.ignore(connection, each)

        _confirm(discovered.would_delete(connection, decide), yes=yes)
        decide()
    typer.echo(f"{len(identities)} ignored.")


def reset(devices: Names = None) -> None:
    """Withdraw decisions: the devices are proposed again. Events that are stored stay."""
    from iot_hub.access import discovered

    with owner_connection() as connection:
        identities = _identities(connection, devices, every=False)
        for each in identities:
            discovered.propose(connection, each)
    typer.echo(f"{len(identities)} proposed again.")


def rules(as_json: AsJson = False) -> None:
    """List the rules, in the order in which they count."""
    from iot_hub.access.discovered import list_rules

    with owner_connection() as connection:
        rows = list_rules(connection)
    print_rows(rows, as_json=as_json, empty="No rule yet. Add one: iot-hub discovery rule zigbee2mqtt --approve")


def rule(
    pattern: Pattern,
    approve: Annotated[bool, typer.Option("--approve/--ignore", help="What to do with them.")],
    yes: Yes = False,
) -> None:
    """Decide about all devices of a pattern, those known and those to come. An --ignore rule comes first."""
    from iot_hub.access.discovered import add_rule, would_delete

    with owner_connection() as connection:
        if approve:
            decided = add_rule(connection, pattern, "approve")
        else:
            _confirm(would_delete(connection, lambda: add_rule(connection, pattern, "ignore")), yes=yes)
            decided = add_rule(connection, pattern, "ignore")
    typer.echo(f"The rule counts from now on; it has decided about {decided} known devices.")


def unrule(pattern: Pattern) -> None:
    """Remove a rule. What it decided stays."""
    from iot_hub.access.discovered import remove_rule

    with owner_connection() as connection:
        remove_rule(connection, pattern)
    typer.echo("The rule is removed.")


def _confirm(messages: int, *, yes: bool) -> None:
    if messages and not yes:
        typer.confirm(f"{messages} messages that wait for a decision will be deleted. Continue?", abort=True)


def _identities(connection: Connection, names: list[str] | None, *, every: bool) -> list[str]:
    from iot_hub.access.discovered import find_discovered, proposed_identities

    if every:
        return proposed_identities(connection)
    if not names:
        raise UserError("Name the devices, by identity or label.")
    return [find_discovered(connection, each) for each in names]
