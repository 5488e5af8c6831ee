"""``iot-hub`` as the fault suite breaks it: dead processes start again at once, and its clock can be set."""

import os

from chaos.clock import PRELOAD
from iot_hub import processes, up
from iot_hub.cli import main

# So that more faults fit into a minute.
processes.LONGEST_PAUSE = 0.2  # type: ignore[assignment]

if library := os.environ.get(PRELOAD):
    own = up._own
    up._own = lambda *arguments: ("env", f"LD_PRELOAD={library}", *own(*arguments))
main()
