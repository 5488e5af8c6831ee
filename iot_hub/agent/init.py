"""``init``: writes the configuration file, commented, readable for its owner alone."""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path

from iot_hub.agent.configuration import checked_address, default_queue_file
from iot_hub.agent.errors import AgentError
from iot_hub.files.private_files import make_folder, write_private

TEMPLATE = Path(__file__).with_name("agent.toml.template")
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def initial_text(address: str, token: str) -> str:
    """Return the configuration file's text. Raises AgentError where the address is none."""
    template = string.Template(TEMPLATE.read_text(encoding="utf-8"))
    # A JSON string is one of TOML too.
    quoted = {"address": json.dumps(checked_address(address)), "token": json.dumps(token)}
    return template.substitute(quoted, queue=default_queue_file())


def write_initial(file: Path, text: str, *, force: bool) -> None:
    """Write the file for its owner alone. Raises AgentError where there is one already, or it can't be written."""
    if file.exists() and not force:
        raise AgentError(f"{file} exists already; --force overwrites it.")
    try:
        make_folder(file.parent)
        write_private(file, text.encode())
    except OSError as error:
        raise AgentError(f"{file} can't be written: {error.strerror}.") from error


def prompt(question: str, value: str | None, *, hidden: bool = False) -> str:
    """Return the value, or ask for it; without a terminal, read a line."""
    if value is None and hidden and sys.stdin.isatty():
        from getpass import getpass

        value = getpass(f"{question}: ")
    elif value is None:
        print(f"{question}: ", end="", file=sys.stderr, flush=True)
        value = sys.stdin.readline()
    if not value.strip():
        raise AgentError(f"{question}: no value given.")
    return value.strip()
