"""``init``: writes the configuration file, commented, readable for its owner alone."""

from __future__ import annotations

import json
import os
import string
import sys
from pathlib import Path

from iot_hub.agent.configuration import checked_address, default_queue_file
from iot_hub.agent.errors import AgentError

TEMPLATE = Path(__file__).with_name("agent.toml.template")
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def initial_text(address: str, token: str) -> str:
    """Write the configuration file's text. Raises AgentError where the address is none."""
    template = string.Template(TEMPLATE.read_text(encoding="utf-8"))
    # A JSON string is one of TOML too.
    quoted = {"address": json.dumps(checked_address(address)), "token": json.dumps(token)}
    return template.substitute(quoted, queue=default_queue_file())


def write_initial(file: Path, text: str, *, force: bool) -> None:
    """Write it for its owner alone. Raises AgentError where there is one already, or no file can be written."""
    if file.exists() and not force:
        raise AgentError(f"There is {file} already; --force writes it anew.")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
            written.write(text)
        new.rename(file)
    except OSError as error:
        raise AgentError(f"{file} can't be written: {error.strerror}.") from error


def asked(question: str, given: str | None, *, hidden: bool = False) -> str:
    """Give what was given, or ask for it; without a terminal, read a line."""
    if given is None and hidden and sys.stdin.isatty():
        from getpass import getpass

        given = getpass(f"{question}: ")
    elif given is None:
        print(f"{question}: ", end="", file=sys.stderr, flush=True)
        given = sys.stdin.readline()
    if not given.strip():
        raise AgentError(f"{question}: nothing was said.")
    return given.strip()
