"""The service's settings: a file that systemd and a shell read alike."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from iot_hub.errors import UserError

PREFIX = "IOT_HUB_"


def render(environment: Mapping[str, str]) -> str:
    """Return the hub's variables of an environment as lines, except the state folder, which is the service's own.

    Raises UserError for a value that systemd and a shell would read differently.
    """
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX) and name != "IOT_HUB_HOME"}
    for name, value in ours.items():
        if "'" in value or not value.isprintable():
            raise UserError(f"{name} contains a quotation mark or a line break, which a service's settings can't.")
    return "\n".join(f"{name}='{value}'" for name, value in sorted(ours.items()))


def parse(text: str) -> dict[str, str]:
    """Parse such a file without its comments. Raises UserError if a line is not a setting."""
    settings = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        try:
            [word] = shlex.split(line)
        except ValueError as error:
            raise UserError(
                f"The service's settings contain a line that is not NAME='value': {line.split('=')[0]}"
            ) from error
        name, _, value = word.partition("=")
        settings[name] = value
    return settings
