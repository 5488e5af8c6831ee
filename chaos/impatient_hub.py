"""``iot-hub`` as the fault suite breaks it: dead processes start again at once, and its clock can be set."""

import os

from chaos.clock import PRELOAD
from iot_hub.cli.main import main
from iot_hub.operations import supervisor, up

# So that more faults fit into a minute.
supervisor.MAX_PAUSE_SECONDS = 0.2

if library := os.environ.get(PRELOAD):
    hub_command = up.hub_command
    up.hub_command = lambda *arguments: ("env", f"LD_PRELOAD={library}", *hub_command(*arguments))
main()
