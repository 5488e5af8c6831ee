"""The long-running roles, such as ``up``, ``api``, ``mqtt`` and ``dashboard``; and ``reload``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.settings import settings

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow

Demo = Annotated[bool, typer.Option("--demo", help="No password while there are only simulated devices.", hidden=True)]
InnerHost = Annotated[str, typer.Option(help="Address to listen on, behind nginx.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (up, api, worker, mqtt, broker, dashboard, nginx, reload):
        app.command()(command)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="Add simulated devices with a week of history.")] = False,
) -> None:
    """Run the whole hub in the foreground: database, API, worker, dashboard, nginx. Ctrl-C stops it."""
    from iot_hub.operations.up import run_hub

    raise typer.Exit(run_hub(settings(), demo=demo))


def api(
    host: InnerHost = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8081,
    demo: Demo = False,
    listening: Annotated[
        int | None, typer.Option(help="File descriptor of a socket that already listens there.", hidden=True)
    ] = None,
) -> None:
    """Run only the HTTP API."""
    from iot_hub.api.serve import serve
    from iot_hub.logs import set_up_logs

    set_up_logs("api", settings().log_level)
    serve(settings(), host, port, demo=demo, listening=listening)


def worker() -> None:
    """Run only the worker, which refreshes the roll-ups."""
    from iot_hub.logs import set_up_logs
    from iot_hub.worker.worker import Worker

    set_up_logs("worker", settings().log_level)
    Worker(settings(), _checks_with_findings).run()


def _checks_with_findings(connection: psycopg.Connection[DictRow]) -> list[str]:
    # Loaded where a rule is about the hub: the doctor would take memory of every worker.
    from iot_hub.operations.doctor.attention import checks_with_findings

    return checks_with_findings(settings(), connection)


def mqtt() -> None:
    """Run only the MQTT receiver, which stores what a broker has for the hub. A second one waits its turn."""
    from iot_hub.ingest.mqtt.process import run_receiver
    from iot_hub.logs import set_up_logs
    from iot_hub.operations.mosquitto.accounts import Accounts

    set_up_logs("mqtt", settings().log_level)
    run_receiver(settings(), None if settings().mqtt_url else Accounts(settings()).follow)


def broker(
    write_only: Annotated[
        bool, typer.Option("--write-only", help="Write the configuration, but do not run Mosquitto.")
    ] = False,
) -> None:
    """Run only the hub's own MQTT broker, Mosquitto. SIGHUP reloads accounts and certificate."""
    from iot_hub.operations import mosquitto

    written = mosquitto.write(settings())
    if not write_only:
        line = mosquitto.command(settings(), written)
        os.execvp(line[0], line)  # noqa: S606 - the same process becomes Mosquitto


def dashboard(
    host: InnerHost = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8501,
    public: Annotated[bool, typer.Option("--public", help="The public dashboard, which shows published data.")] = False,
    demo: Demo = False,
) -> None:
    """Run only a dashboard: the owner's, or the public one."""
    from iot_hub.access.login.oidc import write_secrets
    from iot_hub.dashboard import command

    if public:
        line, environment = command.public_command(port, host), command.public_environment(settings(), os.environ)
    else:
        login = write_secrets(settings())
        line, environment = command.owner_command(port, host, demo=demo, login=login), dict(os.environ)
    os.execvpe(line[0], line, environment)  # noqa: S606 - the same process becomes Streamlit


def nginx(
    api: Annotated[str, typer.Option(help="Where the API listens.")] = "127.0.0.1:8081",
    dashboard: Annotated[str, typer.Option(help="Where the owner's dashboard listens.")] = "127.0.0.1:8501",
    public: Annotated[str | None, typer.Option(help="Where the public dashboard listens, if it is on.")] = None,
    write_only: Annotated[
        bool, typer.Option("--write-only", help="Write and check the configuration, but do not run nginx.")
    ] = False,
) -> None:
    """Run only nginx, in front of an API and dashboards that run elsewhere. SIGHUP reloads the certificate."""
    from iot_hub.operations import nginx

    public = None if settings().public_dashboard == "no" else public
    written = nginx.write(settings(), nginx.Upstreams(api, dashboard, public))
    if warning := nginx.write_page_files(settings()):
        typer.echo(f"Warning: {warning}", err=True)
    if not write_only:
        line = nginx.command(written)
        os.execv(line[0], line)  # noqa: S606 - the same process becomes nginx


def reload() -> None:
    """Reload the running hub (new code, new certificate) without downtime.

    Migrates the database, restarts API, worker and dashboards one after the other, and reloads nginx.
    Settings stay as they were when the hub was started.
    """
    from iot_hub.operations.reload import reload_hub

    reload_hub(settings())
    typer.echo("Reloaded: the hub runs the installed code.")
