"""``iot-hub agent``: its command line, made of argparse since it runs where nothing is installed."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from iot_hub import __version__
from iot_hub.agent.configuration import Configuration, default_file, read_configuration
from iot_hub.agent.errors import AgentError
from iot_hub.agent.queue import Queue

Arguments = argparse.Namespace


def main(arguments: Sequence[str]) -> int:
    """Run a command; what goes wrong is one line on standard error. Gives the exit status."""
    # SIGTERM as Ctrl-C: whatever the agent waits for, it ends at once, and nothing is half done.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asked = parser().parse_args(arguments)
        return int(asked.command(asked))
    except AgentError as error:
        print(f"iot-hub agent: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    top = argparse.ArgumentParser(
        "iot-hub agent",
        description="Keeps the readings of this phone or machine in a queue on its disk, and sends them to your hub.",
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command, summary in _COMMANDS.items():
        one = commands.add_parser(command.__name__.strip("_").replace("_", "-"), help=summary, description=summary)
        one.set_defaults(command=command)
        one.add_argument("--config", type=Path, default=default_file(), metavar="FILE", help="default: %(default)s")
        if command is init:
            one.add_argument("--address", help="the hub's, such as https://hub.example; asked for without this")
            one.add_argument("--token", help="this device's; asked for without this, which keeps it out of the history")
            one.add_argument("--force", action="store_true", help="write the file anew where there is one")
        if command is status:
            one.add_argument("--json", action="store_true", help="print JSON")
    return top


def init(asked: Arguments) -> int:
    """Write the configuration."""
    from iot_hub.agent import beginning

    address = beginning.asked("Address of the hub", asked.address)
    token = beginning.asked("Token of this device", asked.token, hidden=True)
    beginning.write_initial(asked.config, beginning.initial_text(address, token), force=asked.force)
    if urlsplit(address).scheme == "http" and urlsplit(address).hostname not in beginning.THIS_MACHINE:
        print("Over plain HTTP the token can be read on the way: use https:// beyond your network.", file=sys.stderr)
    print(f"{asked.config} is written. Try it: iot-hub agent once")
    return 0


def run(asked: Arguments) -> int:
    """Read and send until it is stopped."""
    from iot_hub.agent.log import say
    from iot_hub.agent.running import Agent

    with _opened(asked) as (configuration, queue), _alone(configuration.queue_file):
        say(f"sends to {configuration.address}; {queue.depth().readings} readings wait")
        Agent(configuration, queue).run()
    return 0


def once(asked: Arguments) -> int:
    """Read every sensor once, and send."""
    from iot_hub.agent.running import Agent
    from iot_hub.agent.sending import send_all

    with _opened(asked) as (configuration, queue):
        agent = Agent(configuration, queue)
        agent.read_all()
        return send_all(agent, queue)


def send(asked: Arguments) -> int:
    """Send all that waits."""
    from iot_hub.agent.running import Agent
    from iot_hub.agent.sending import send_all

    with _opened(asked) as (configuration, queue):
        return send_all(Agent(configuration, queue), queue)


def status(asked: Arguments) -> int:
    """Tell how the queue is."""
    from iot_hub.agent.status import lines
    from iot_hub.agent.status import status as told

    with _opened(asked) as (configuration, queue):
        found = told(configuration, queue)
    print(json.dumps(found, indent=2) if asked.json else "\n".join(lines(found)))
    return 0


def install_service(asked: Arguments) -> int:
    """Write a unit of systemd."""
    from iot_hub.agent.service import install_unit

    read_configuration(asked.config)
    print(f"{install_unit(asked.config)} is written. Start it, now and at every login:")
    print("    systemctl --user enable --now iot-hub-agent")
    print("At every boot, too: loginctl enable-linger")
    return 0


_COMMANDS = {
    init: "Write the configuration file: where the hub is, and this device's token.",
    run: "Read the sensors and send what they tell, until Ctrl-C or SIGTERM.",
    once: "Read every sensor once and send what waits; for cron.",
    send: "Send what waits in the queue, now.",
    status: "Tell how much waits, since when, how the last upload went, and which sensors are found.",
    install_service: "Write a unit for your own service manager (systemd) that runs the agent.",
}


@contextlib.contextmanager
def _opened(asked: Arguments) -> Iterator[tuple[Configuration, Queue]]:
    configuration = read_configuration(asked.config)
    queue = Queue(configuration.queue_file, configuration.queue_bytes)
    with contextlib.closing(queue):
        yield configuration, queue


@contextlib.contextmanager
def _alone(queue_file: Path) -> Iterator[None]:
    """Hold the queue's lock, which dies with its process: two agents would read every sensor twice."""
    with queue_file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AgentError(f"An agent runs with the queue {queue_file} already.") from error
        yield
