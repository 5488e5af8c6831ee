"""``doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from iot_hub.cli.output import AsJson, print_json
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.operations.doctor.finding import Finding

_COLOURS = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "problem": typer.colors.RED}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Check the hub: what works, what does not, and what to do. Exit status 1 if there is a problem."""
    from iot_hub.operations.doctor.checks import run_checks

    findings = run_checks(settings())
    if as_json:
        print_json([{"check": name, **_as_json(finding)} for name, finding in findings.items()])
    else:
        for name, finding in findings.items():
            _print(name, finding)
    if any(finding.state == "problem" for finding in findings.values()):
        raise typer.Exit(1)


def _as_json(finding: Finding) -> dict[str, str]:
    return {"state": finding.state, "message": finding.message, "advice": finding.advice}


def _print(name: str, finding: Finding) -> None:
    state = typer.style(f"{finding.state:<8}", fg=_COLOURS[finding.state])
    typer.echo(f"{state} {name:<11} {finding.message}" + (f" {finding.advice}" if finding.advice else ""))
