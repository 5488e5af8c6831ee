"""``iot-hub agent``: its command line, by argparse since it runs where nothing is installed."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from iot_hub import __version__
from iot_hub.agent.configuration import Configuration, default_file, read_configuration, read_table
from iot_hub.agent.errors import AgentError
from iot_hub.agent.queue import Queue
from iot_hub.agent.stop import run_until_stopped

Arguments = argparse.Namespace

NO_ADAPTER = 'No adapter is configured. In {}: [obd] and adapter = "/dev/rfcomm0", or --adapter here.'
OBD_DESCRIPTION = """\
Reads a car's computer by an ELM327 adapter, while the engine or the charger runs.

  iot-hub agent obd check --adapter tcp://192.168.0.10:35000   what adapter and car answer
  iot-hub agent obd                                            the same as 'run': everything that is configured

The adapter is a device (/dev/rfcomm0, /dev/ttyUSB0), a Wi-Fi adapter (tcp://ADDRESS:PORT) or a paired Bluetooth adapter
(bluetooth://00:1D:A5:00:00:01). It stands in the configuration, which 'run' reads too:

  [obd]
  adapter = "/dev/rfcomm0"
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command; an error is one line on standard error. Return the exit status."""
    try:
        options = parser().parse_args(arguments)
        if options.command in _STOPPABLE:
            return run_until_stopped(lambda: options.command(options))
        return int(options.command(options))
    except AgentError as error:
        print(f"iot-hub agent: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    top = argparse.ArgumentParser(
        "iot-hub agent",
        description="Queues the readings of this phone or machine on its disk, and sends them to your hub.",
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command, summary in _COMMANDS.items():
        one = commands.add_parser(command.__name__.strip("_").replace("_", "-"), help=summary, description=summary)
        one.set_defaults(command=command)
        one.add_argument("--config", type=Path, default=default_file(), metavar="FILE", help="default: %(default)s")
        if command is init:
            one.add_argument("--address", help="the hub's, such as https://hub.example; prompted for without this")
            one.add_argument(
                "--token", help="this device's; prompted for without this, which keeps it out of the shell's history"
            )
            one.add_argument("--force", action="store_true", help="overwrite an existing file")
        if command is obd:
            one.description = OBD_DESCRIPTION
            one.formatter_class = argparse.RawDescriptionHelpFormatter
            one.add_argument("action", nargs="?", choices=("run", "check"), default="run", help="default: %(default)s")
            one.add_argument("--adapter", help="in place of the configuration's; check needs no configuration with it")
        if command is status:
            one.add_argument("--json", action="store_true", help="print JSON")
    return top


def init(options: Arguments) -> int:
    """Write the configuration file."""
    from iot_hub.agent.init import THIS_MACHINE, initial_text, prompt, write_initial

    # Ctrl-C as an exception: only so does getpass give the terminal its echo back.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    address = prompt("Address of the hub", options.address)
    token = prompt("Token of this device", options.token, hidden=True)
    write_initial(options.config, initial_text(address, token), force=options.force)
    if urlsplit(address).scheme == "http" and urlsplit(address).hostname not in THIS_MACHINE:
        print("Over plain HTTP the token can be read on the way: use https:// outside your network.", file=sys.stderr)
    print(f"{options.config} written. Try it: iot-hub agent once")
    return 0


def run(options: Arguments) -> int:
    """Read and send until it is stopped."""
    from iot_hub.agent.log import log
    from iot_hub.agent.running import Agent

    with _opened(options) as (configuration, queue), _alone(configuration.queue_file):
        log(f"sends to {configuration.address}; {queue.stats().readings} readings wait")
        Agent(configuration, queue).run()
    return 0


def obd(options: Arguments) -> int:
    """Read a car's computer, or check its adapter."""
    from iot_hub.agent.car.check import check
    from iot_hub.agent.car.settings import car_settings

    if options.action == "run":
        return run(options)
    table = read_table(options.config, "obd") if options.config.exists() or not options.adapter else {}
    settings = car_settings({**table, "adapter": options.adapter} if options.adapter else table)
    if settings is None:
        raise AgentError(NO_ADAPTER.format(options.config))
    for line in check(settings):
        print(line, flush=True)
    return 0


def once(options: Arguments) -> int:
    """Read every sensor once, and send."""
    from iot_hub.agent.running import Agent
    from iot_hub.agent.sending import send_all

    with _opened(options) as (configuration, queue):
        agent = Agent(configuration, queue)
        agent.read_all()
        return send_all(agent, queue)


def send(options: Arguments) -> int:
    """Send all that waits."""
    from iot_hub.agent.running import Agent
    from iot_hub.agent.sending import send_all

    with _opened(options) as (configuration, queue):
        return send_all(Agent(configuration, queue), queue)


def status(options: Arguments) -> int:
    """Print the queue's status."""
    from iot_hub.agent.status import lines
    from iot_hub.agent.status import status as status_of

    with _opened(options) as (configuration, queue):
        found = status_of(configuration, queue)
    print(json.dumps(found, indent=2) if options.json else "\n".join(lines(found)))
    return 0


def install_service(options: Arguments) -> int:
    """Write a systemd unit."""
    from iot_hub.agent.service import install_unit

    read_configuration(options.config)
    print(f"{install_unit(options.config)} written. Start it, now and at every login:")
    print("    systemctl --user enable --now iot-hub-agent")
    print("At every boot too: loginctl enable-linger")
    return 0


_COMMANDS = {
    init: "Write the configuration file: the hub's address and this device's token.",
    run: "Read the sensors and send the readings, until Ctrl-C or SIGTERM.",
    obd: "Read a car's computer by an ELM327 adapter (run), or see what adapter and car answer (check).",
    once: "Read every sensor once and send everything that waits; for cron.",
    send: "Send everything that waits in the queue, now.",
    status: "Show how much waits, since when, how the last upload went, and which sensors were found.",
    install_service: "Write a systemd user unit that runs the agent.",
}

_STOPPABLE = (run, obd, once, send)
"""They end in order when a signal asks them to; any other command is over in a moment."""


@contextlib.contextmanager
def _opened(options: Arguments) -> Iterator[tuple[Configuration, Queue]]:
    configuration = read_configuration(options.config)
    if options.command is obd:
        configuration = with_adapter(configuration, options)
    queue = Queue(configuration.queue_file, configuration.queue_bytes)
    with contextlib.closing(queue):
        yield configuration, queue


def with_adapter(configuration: Configuration, options: Arguments) -> Configuration:
    """Return a configuration with a car in it. Raises AgentError where it names no adapter."""
    from iot_hub.agent.car.settings import car_settings

    if options.adapter:
        table = {**read_table(options.config, "obd"), "adapter": options.adapter}
        return replace(configuration, car=car_settings(table))
    if configuration.car is None:
        raise AgentError(NO_ADAPTER.format(options.config))
    return configuration


@contextlib.contextmanager
def _alone(queue_file: Path) -> Iterator[None]:
    """Hold the queue's lock, which ends with its process: two agents would read every sensor twice."""
    with queue_file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AgentError(f"Another agent is running with the queue {queue_file} already.") from error
        yield
