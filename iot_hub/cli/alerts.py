"""``alert add|list|firing|log|mute|unmute|remove|test`` and ``alert channel add|list|test|remove``."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time
from iot_hub.errors import UserError
from iot_hub.settings import settings

RuleName = Annotated[str, typer.Argument(metavar="RULE", help="The rule's name, or its number.")]
ChannelName = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's name, or its number.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
_SPAN = re.compile(r"(\d{1,6})\s*(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    alert = typer.Typer(no_args_is_help=True, help="Be notified of what your devices report, or don't.")
    alert.command("add")(add)
    alert.command("list")(list_)
    alert.command("firing")(firing)
    alert.command("log")(log)
    alert.command("mute")(mute)
    alert.command("unmute")(unmute)
    alert.command("remove")(remove)
    channel = typer.Typer(no_args_is_help=True, help="Manage the channels by which you are notified.")
    channel.command("add")(channel_add)
    channel.command("list")(channel_list)
    channel.command("test")(channel_test)
    channel.command("remove")(channel_remove)
    alert.add_typer(channel, name="channel")
    app.add_typer(alert, name="alert")


def add(
    name: Annotated[str, typer.Argument(help="What the notice is called, such as 'Freezer is warm'.")],
    device: Annotated[str | None, typer.Option(help="The device, by name or id. Default: every device.")] = None,
    value: Annotated[
        str | None, typer.Option(metavar="PROPERTY", help="A number, such as climate.temperature_C. With a limit.")
    ] = None,
    above: Annotated[float | None, typer.Option(help="Fires above this value.")] = None,
    below: Annotated[float | None, typer.Option(help="Fires below this value.")] = None,
    margin: Annotated[float, typer.Option(help="Ends once the value is within the limit by this much.")] = 0,
    rises_by: Annotated[
        float | None, typer.Option(help="Of --value: fires when it rises by this much --within.")
    ] = None,
    falls_by: Annotated[
        float | None, typer.Option(help="Of --value: fires when it falls by this much --within.")
    ] = None,
    within: Annotated[str | None, typer.Option(metavar="SPAN", help="The time of --rises-by and --falls-by.")] = None,
    battery: Annotated[float | None, typer.Option(metavar="PERCENT", help="The battery is below this level.")] = None,
    state: Annotated[
        str | None, typer.Option(metavar="PROPERTY", help="A state, such as contact.open. With --equals.")
    ] = None,
    equals: Annotated[str | None, typer.Option(help="The value of the state: true, false or a word.")] = None,
    silent: Annotated[
        bool, typer.Option("--silent", help="Silent for longer than --lasts, or than is normal for the device.")
    ] = False,
    fault: Annotated[bool, typer.Option("--fault", help="The car reports a fault code, or one more.")] = False,
    consumption: Annotated[
        bool, typer.Option("--consumption", help="A drive used more for its distance than is normal for the car.")
    ] = False,
    usage: Annotated[
        str | None, typer.Option(metavar="COUNTER", help="It grew more than is normal. With --per hour or day.")
    ] = None,
    per: Annotated[str | None, typer.Option(metavar="SPAN", help="Of --usage: hour or day.")] = None,
    service: Annotated[
        bool, typer.Option("--service", help="A reminder of the car is due by date or distance.")
    ] = False,
    ahead_days: Annotated[int | None, typer.Option(help="Of --service: this many days before.")] = None,
    ahead_km: Annotated[float | None, typer.Option(help="Of --service: this many kilometres before.")] = None,
    hub: Annotated[
        bool, typer.Option("--hub", help="The hub needs attention: its disk, backup, archive, quarantine or roll-ups.")
    ] = False,
    check: Annotated[
        list[str] | None, typer.Option(metavar="CHECK", help="Of --hub: only this check; repeatable.")
    ] = None,
    enters: Annotated[str | None, typer.Option(metavar="PLACE", help="Arrives at a place of yours.")] = None,
    leaves: Annotated[str | None, typer.Option(metavar="PLACE", help="Leaves a place of yours.")] = None,
    lasts: Annotated[
        str | None, typer.Option(metavar="SPAN", help="For how long it has to last: 30s, 10min, 2h or 3d.")
    ] = None,
    severity: Annotated[str, typer.Option(help="info, warning, or critical, which ignores quiet hours.")] = "warning",
    repeat: Annotated[str | None, typer.Option(metavar="SPAN", help="Notify again while it lasts.")] = None,
    quiet: Annotated[
        str | None, typer.Option(metavar="FROM-TO", help="Quiet hours, such as 22:00-07:00; notices wait.")
    ] = None,
    drop_late: Annotated[
        bool, typer.Option("--drop-late", help="Do not notify of what came more than 15 minutes late.")
    ] = False,
    recovery: Annotated[
        bool | None, typer.Option("--recovery/--no-recovery", help="Notify of its end. Default: not of places.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL", help="By which channel; repeatable. Default: all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a rule. It judges what is stored from now on; imports and late data do not repeat an alert."""
    from iot_hub.access.devices import find_device
    from iot_hub.alerts.channel import find_channel_id
    from iot_hub.alerts.rule import BATTERY_MARGIN, HUB_CHECKS, Rule, add_rule
    from iot_hub.places.address_book import find_place

    given = {
        "value": value,
        "battery": battery,
        "state": state,
        "fault": fault or None,
        "silent": silent or None,
        "enters": enters,
        "leaves": leaves,
        "consumption": consumption or None,
        "usage": usage,
        "service": service or None,
        "hub": hub or None,
    }
    kinds = [kind for kind, is_given in given.items() if is_given is not None]
    if len(kinds) != 1:
        raise UserError(f"Give one of {', '.join('--' + kind for kind in given)}.")
    [kind] = kinds
    if kind == "battery":
        if above is not None or below is not None:
            raise UserError("--battery is a limit by itself.")
        below, margin = battery, margin or BATTERY_MARGIN
    if kind == "value" and (rises_by, falls_by, within) != (None, None, None):
        if above is not None or below is not None:
            raise UserError("Give a limit, or by how much it rises or falls: they are two rules.")
        kind = "change"
    if check and kind != "hub":
        raise UserError("--check is of --hub.")
    quiet_from, quiet_until = _quiet(quiet) if quiet else (None, None)
    with owner_connection() as connection:
        place = enters or leaves
        number = add_rule(connection, Rule(
            name=name, kind=kind, device_id=find_device(connection, device) if device else None,
            property=value or state or usage, above=above, below=below, margin=margin, equals=equals,
            place_id=find_place(connection, place)[0] if place else None,
            lasts=_span(lasts) if lasts else None, severity=severity, repeat=_span(repeat) if repeat else None,
            recovery=not place if recovery is None else recovery, late="drop" if drop_late else "notify",
            quiet_from=quiet_from, quiet_until=quiet_until,
            channel_ids=[find_channel_id(connection, each)[0] for each in channel] if channel else None,
            rises_by=rises_by, falls_by=falls_by, within=_span(within) if within else None, per=per,
            ahead_km=ahead_km, ahead_days=ahead_days, checks=(check or list(HUB_CHECKS)) if kind == "hub" else None,
        ))  # fmt: skip
    if as_json:
        print_json({"id": number, "name": name.strip()})
    else:
        typer.echo(f"Added rule {number}: {name.strip()!r}.")


def list_(as_json: AsJson = False) -> None:
    """List the rules, for how many devices each fires, and when it last began to."""
    from iot_hub.alerts.rule import list_rules

    with owner_connection() as connection:
        rows = list_rules(connection)
    if not as_json:
        shown = ("id", "name", "kind", "device", "property", "severity", "muted_until", "firing", "last_fired")
        rows = [{column: row[column] for column in shown} for row in rows]
    print_rows(rows, as_json=as_json, empty="No rule yet. Add one: iot-hub alert add --help")


def firing(as_json: AsJson = False) -> None:
    """List what fires now, and since when."""
    from iot_hub.alerts.rule import list_firing

    with owner_connection() as connection:
        rows = list_firing(connection)
    print_rows(rows, as_json=as_json, empty="Nothing fires.")


def log(
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    device: Annotated[str | None, typer.Option(help="Only of this device, by name or id.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only of this rule, by name or number.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only about this time or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only about the time before.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the newest notices, and by how many channels they were delivered."""
    from iot_hub.access.devices import find_device
    from iot_hub.alerts.rule import find_rule, list_notices

    with owner_connection() as connection:
        rows = list_notices(
            connection, most, device_id=find_device(connection, device) if device else None,
            rule_id=find_rule(connection, rule)[0] if rule else None,
            since=parse_time(since) if since else None, until=parse_time(until) if until else None,
        )  # fmt: skip
    print_rows(rows, as_json=as_json, empty="No notice yet.")


def mute(
    rule: RuleName,
    span: Annotated[str, typer.Option("--for", metavar="SPAN", help="For how long: 30min, 8h or 3d.")] = "8h",
) -> None:
    """Deliver nothing of a rule for a while. It is still noted in the log."""
    from iot_hub.alerts.rule import find_rule, mute_rule

    until = datetime.now(UTC) + _span(span)
    with owner_connection() as connection:
        number, name = find_rule(connection, rule)
        mute_rule(connection, number, until)
    typer.echo(f"{name!r} is muted until {until.astimezone(settings().zone):%Y-%m-%d %H:%M}.")


def unmute(rule: RuleName) -> None:
    """Deliver the notices of a muted rule again."""
    from iot_hub.alerts.rule import find_rule, mute_rule

    with owner_connection() as connection:
        number, name = find_rule(connection, rule)
        mute_rule(connection, number, None)
    typer.echo(f"{name!r} notifies again.")


def remove(rule: RuleName, yes: Yes = False) -> None:
    """Remove a rule. Its notices stay in the log."""
    from iot_hub.alerts.rule import find_rule, remove_rule

    with owner_connection() as connection:
        number, name = find_rule(connection, rule)
        if not yes:
            typer.confirm(f"Remove the rule {name!r}?", abort=True)
        remove_rule(connection, number)
    typer.echo(f"Removed the rule {name!r}.")


def channel_add(
    name: Annotated[str, typer.Argument(help="What you call it.")],
    kind: Annotated[str, typer.Argument(help="webhook, or mqtt: the hub's own broker, or the one that it reads.")],
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Send names of rules and devices by it. Default: numbers only.")
    ] = False,
) -> None:
    """Add a channel. The address of a webhook is asked for, and never shown again."""
    from iot_hub.alerts.channel import Secret, add_channel

    if kind not in ("webhook", "mqtt"):
        raise UserError(f"Unknown kind {kind!r}. Kinds: webhook, mqtt.")
    secret = Secret()
    if kind == "webhook":
        secret = Secret(typer.prompt("Address", hide_input=True), secrets.token_urlsafe(32))
    with owner_connection() as connection:
        number = add_channel(connection, settings().home, name, kind, secret, sends_names=with_names)
    typer.echo(f"Added channel {number}. Try it: iot-hub alert channel test {number}")
    if kind == "webhook":
        typer.echo(f"Its messages are signed with this key, which is shown only now: {secret.signing_key}")


def channel_list(as_json: AsJson = False) -> None:
    """List the channels, whether they work, and how many notices wait for each."""
    from iot_hub.alerts.channel import list_channels

    with owner_connection() as connection:
        rows = list_channels(connection)
    print_rows(rows, as_json=as_json, empty="No channel yet. Add one: iot-hub alert channel add --help")


def channel_test(channel: ChannelName) -> None:
    """Send a test notice by a channel."""
    from iot_hub.alerts.channel import find_channel
    from iot_hub.alerts.delivery import DELIVERY_ERRORS, send

    with owner_connection() as connection:
        found = find_channel(connection, settings().home, channel)
    try:
        send(settings(), found, [])
    except DELIVERY_ERRORS as error:
        raise UserError(f"The channel {found.name!r} did not take it: {type(error).__name__}.") from error
    typer.echo(f"The channel {found.name!r} took a test notice.")


def channel_remove(channel: ChannelName, yes: Yes = False) -> None:
    """Remove a channel, and what it has not delivered yet."""
    from iot_hub.alerts.channel import find_channel_id, remove_channel

    with owner_connection() as connection:
        number, name = find_channel_id(connection, channel)
        if not yes:
            typer.confirm(f"Remove the channel {name!r}?", abort=True)
        remove_channel(connection, number)
    typer.echo(f"Removed the channel {name!r}.")


def _span(text: str) -> timedelta:
    matched = _SPAN.fullmatch(text.strip().lower())
    if matched is None:
        raise UserError(f"{text!r} is not a span such as 30s, 10min, 2h or 3d.")
    return timedelta(**{_UNITS[matched[2]]: int(matched[1])})


def _quiet(text: str) -> tuple[time, time]:
    since, _, until = text.partition("-")
    try:
        return time.fromisoformat(since.strip()), time.fromisoformat(until.strip())
    except ValueError as error:
        raise UserError(f"{text!r} is not a range of hours such as 22:00-07:00.") from error
