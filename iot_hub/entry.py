"""The entry point of ``iot-hub``.

The agent branches off before anything of the hub is loaded: on a phone the hub is not installed, and
there would be no memory for it.
"""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the agent, or a command of the hub; exit with one line if the hub is not installed."""
    if sys.argv[1:2] == ["agent"]:
        # Ctrl-C ends it at once until it can end in order: an exception while modules are imported may get lost.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        from iot_hub.agent.command_line import main as agent

        sys.exit(agent(sys.argv[2:]))
    try:
        from iot_hub.cli.main import main as hub
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("iot_hub"):
            raise
        sys.exit(
            "iot-hub: only the agent is installed here (iot-hub agent --help)."
            " Install the hub: pip install 'iot-personal-hub[dashboard]'"
        )
    hub()
