"""How the command line finds its commands, and what each says of itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from command_line import ALL, run
from typer.testing import CliRunner

import iot_hub.cli
from iot_hub.cli.main import MODULES, app


@pytest.mark.parametrize("command", ALL)
def test_every_command_has_help_that_says_what_it_does(command: str) -> None:
    assert len(run(*command.split(), "--help").split()) > 10


def test_every_module_of_commands_is_known_with_all_that_it_has() -> None:
    found = {}
    for path in Path(iot_hub.cli.__file__).parent.glob("*.py"):
        module = __import__(f"iot_hub.cli.{path.stem}", fromlist=["register"])
        if hasattr(module, "register"):
            module.register(part := typer.Typer())
            found[path.stem] = set(typer.main.get_group(part).commands)
    assert found == {module: set(commands) for module, commands in MODULES.items()}


def test_the_help_lists_the_commands_that_are_not_hidden() -> None:
    shown = run("--help")
    for command in {command.split()[0] for command in ALL}:
        assert f"│ {command} " in shown
    assert "measure-storage" not in shown


def test_a_misspelt_command_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(app, ["devise", "list"])
    assert result.exit_code == 2
    assert "No such command 'devise'. Did you mean 'device'" in result.output


LOADED = """
import sys
from iot_hub.cli.main import main
try:
    main()
finally:
    print(*sys.modules)
"""


def test_a_command_loads_no_other() -> None:
    command = [sys.executable, "-c", LOADED, "worker", "--help"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {name for name in loaded if name.startswith("iot_hub.cli.")} == {"iot_hub.cli.main", "iot_hub.cli.roles"}
