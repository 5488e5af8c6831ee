"""The service's settings: a file that systemd and a shell read alike."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from iot_hub.errors import UserError

PREFIX = "IOT_HUB_"


def written(environment: Mapping[str, str]) -> str:
    """Write the hub's variables of an environment as lines, the state folder left out: it is the service's own.

    Raises UserError for a value that systemd and a shell would read differently.
    """
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX) and name != "IOT_HUB_HOME"}
    for name, value in ours.items():
        if "'" in value or not value.isprintable():
            raise UserError(f"{name} has a quotation mark or a line break, which a service's settings can't hold.")
    return "\n".join(f"{name}='{value}'" for name, value in sorted(ours.items()))


def read(text: str) -> dict[str, str]:
    """Read such a file, comments left out. Raises UserError where a line is no setting."""
    settings = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        try:
            [word] = shlex.split(line)
        except ValueError as error:
            raise UserError(
                f"The service's settings have a line that is not NAME='value': {line.split('=')[0]}"
            ) from error
        name, _, value = word.partition("=")
        settings[name] = value
    return settings
