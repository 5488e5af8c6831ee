"""``iot-hub`` with a short pause before it starts a dead process again, so that more faults fit into a minute."""

from iot_hub import processes
from iot_hub.cli import main

processes.LONGEST_PAUSE = 0.2  # type: ignore[assignment]
main()
