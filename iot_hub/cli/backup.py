"""``backup``, ``backup list|verify|restore|keys``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.archive.backup.manifest import Manifest

Name = Annotated[str | None, typer.Argument(help="Name in 'backup list'. Default: the newest.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(invoke_without_command=True, help="Back up everything, and verify or restore backups.")
    group.callback()(backup)
    group.command("list")(list_)
    group.command("verify")(verify)
    group.command("restore")(restore)
    group.command("keys")(keys)
    app.add_typer(group, name="backup")
    # Run by the worker once an hour: in the worker itself, the storage libraries would stay in memory all day.
    app.command("measure-storage", hidden=True)(measure_storage)


def backup(
    context: typer.Context,
    keep: Annotated[int, typer.Option(min=1, help="Number of backups to keep; older ones are deleted afterwards.")] = 7,
    leave_free: Annotated[
        int, typer.Option(min=0, metavar="MB", help="Make no backup if less than this would stay free on the disk.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Back up everything, and keep the newest backups. See also: list, verify, restore, keys."""
    if context.invoked_subcommand is not None:
        return
    from iot_hub.archive.backup.create import make_backup
    from iot_hub.operations.postgres_server import running_server

    with running_server(settings()):
        made, deleted = make_backup(settings(), keep, _show_bytes, leave_free * 1_000_000)
    measure_storage()
    _clear_line()
    if as_json:
        print_json(made)
    else:
        gone = f", {len(deleted)} older deleted" if deleted else ""
        typer.echo(f"Backup {_summary(made)}{gone}.")


def measure_storage() -> None:
    """Write the age of the newest backup to the metrics."""
    from iot_hub.archive.backup import metrics

    metrics.measure_storage(settings())


def list_(as_json: AsJson = False) -> None:
    """List the backups, oldest first."""
    from iot_hub.archive.backup.repository import BackupRepository
    from iot_hub.archive.object_store import object_store

    rows = [
        {
            "name": made.name,
            "made_at": made.made_at,
            "events": made.events,
            "bytes": made.bytes,
            "encrypted": made.encrypted,
            "hub_version": made.hub_version,
        }
        for made in BackupRepository(object_store(settings())).manifests()
    ]
    print_rows(rows, as_json=as_json, empty="No backup yet. Create one: iot-hub backup")


def verify(name: Name = None, as_json: AsJson = False) -> None:
    """Restore a backup into a scratch database and compare every table. Exit status 1 if anything differs."""
    from iot_hub.archive.backup.verify import verify_backup
    from iot_hub.operations.postgres_server import running_server

    with running_server(settings()):
        verified = verify_backup(settings(), name, _show)
    _clear_line()
    if as_json:
        print_json({"name": verified.name, "verified": True, "rows": verified.rows})
    else:
        typer.echo(f"Verified: {_summary(verified)}; every table has the same rows.")


def restore(
    name: Name = None,
    into: Annotated[
        str | None, typer.Option(metavar="URL", help="URL of an empty database. Default: this hub's.")
    ] = None,
) -> None:
    """Restore a backup into a hub without events."""
    from pydantic import SecretStr

    from iot_hub.archive.backup.restore import restore_backup
    from iot_hub.operations.postgres_server import running_server

    target = settings().model_copy(update={"database_url": SecretStr(into)}) if into else settings()
    with running_server(target):
        restored = restore_backup(settings(), target, name, _show)
    _clear_line()
    typer.echo(f"Restored: {_summary(restored)}.")


def keys(as_json: AsJson = False) -> None:
    """Generate a key pair for backups, as age-keygen prints it. Nothing is stored."""
    from iot_hub.archive.backup.age_format import generate_keys

    pair = generate_keys()
    if as_json:
        print_json(pair._asdict())
        return
    typer.echo(f"# public key: {pair.recipient}\n{pair.key}")
    typer.echo(
        f"\nOn the hub, set the public key: IOT_HUB_BACKUP_RECIPIENT={pair.recipient}\n"
        "Keep the secret key (AGE-SECRET-KEY-1…) where neither the hub nor the backups are: in a password manager and"
        " on paper. Without it nobody can read the backups, you included.\n"
        "To verify or restore one, set IOT_HUB_BACKUP_KEY to the secret key.",
        err=True,
    )


def _summary(manifest: Manifest) -> str:
    kind = "encrypted" if manifest.encrypted else "not encrypted"
    return f"{manifest.name}: {manifest.events} events, {manifest.bytes / 1e6:.1f} MB, {kind}"


def _show_bytes(count: int) -> None:
    _show(f"Dumping  {count // 1_000_000} MB")


def _show(text: str) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r\x1b[K{text} …", err=True, nl=False)


def _clear_line() -> None:
    if sys.stderr.isatty():
        typer.echo("\r\x1b[K", err=True, nl=False)
