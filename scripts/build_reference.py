"""Writes the reference pages of the documentation from the code: settings, commands, HTTP, properties.

``python scripts/build_reference.py`` (``make docs`` calls it) writes them into ``docs/reference``; a
test compares what stands there with what it would write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from iot_hub import errors
from iot_hub.api.query import errors as query_errors
from iot_hub.api.query.endpoints import query_api
from iot_hub.cli.main import app
from iot_hub.properties.catalogue import Property, catalogue
from iot_hub.settings import Settings

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
MACHINE_DEFAULTS = {"time_zone": "this machine's zone"}


def pages() -> dict[str, str]:
    """Return each page's file name and text."""
    return {
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "http.md": http_page(),
        "properties.md": properties_page(),
        "published.md": published_page(),
    }


def properties_page() -> str:
    """Write every property of the catalogue, with the unit, the hourly figures and the label that it has."""
    lines = [
        "# Properties",
        "",
        "What the hub knows of `{group: {key: value}}`: the vocabulary of its own format (`/v1/events`), and what the",
        "fields of every app become. Any other key is stored, too. A number without hourly figures, be it listed here",
        "or not, gets them by [`iot-hub metric add`](../sql.md#your-own-numbers). [What is published](published.md)",
        "has the values that others may see.",
        "",
        "| group | key | label | unit, or type | hourly figures | published | also read as |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in sorted(catalogue(), key=lambda each: each.path):
        cells = [
            f"`{each.group}`",
            f"`{each.key}`",
            each.label["en"],
            each.unit or each.kind,
            ", ".join(f"`{name}`" for name in _hourly_names(each)) or "–",
            "yes" if each.published else "–",
            ", ".join(f"`{alias}`" for alias in each.aliases) or "–",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _hourly_names(each: Property) -> Iterator[str]:
    if each.rolled_up:
        yield each.metric
    if each.increase:
        yield f"{each.metric}.increase"
    if each.is_state:
        yield f"{each.metric}.VALUE"


def published_page() -> str:
    """Write what the catalogue publishes of the properties."""
    lines = [
        "# What is published",
        "",
        "Of an event's properties, others see only these keys, and only with the values listed here. The owner sees",
        "everything. Text other than the listed words, lists, objects and all of `network` are never published, and",
        "`location` only with its position. [Your own numbers](../sql.md#your-own-numbers) can be added.",
        "",
        "Around a silence, some values are withheld, depending on what they would reveal about the time in between:",
        "**charge** whether a device was charging, **counter** how much happened. **measurement** reveals little.",
        "",
        "| group | key | unit | values | reveals |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in sorted((each for each in catalogue() if each.published), key=lambda each: each.path):
        keys = ", ".join(f"`{key}`" for key in (each.key, *each.aliases))
        lines.append(f"| `{each.group}` | {keys} | {each.unit or '–'} | {_values(each)} | {each.disclosure} |")
    return "\n".join([*lines, ""])


def _values(found: Property) -> str:
    if found.words:
        return ", ".join(f"`{word}`" for word in found.words)
    return f"{found.least} to {found.most}" if found.kind == "number" else "`true`, `false`"


def settings_page() -> str:
    """Write every setting with its default and its meaning."""
    rows = [
        f"| `IOT_HUB_{name.upper()}` | {_default(name, field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Environment variables; each has a default or is off. A secret may also be in a file named like its",
            "setting in lower case (`iot_hub_backup_key`), in `/run/secrets` or in the folder of systemd's",
            "credentials.",
            "",
            "| variable | default | meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _default(name: str, field: FieldInfo) -> str:
    if name in MACHINE_DEFAULTS:
        return MACHINE_DEFAULTS[name]
    value = field.default
    if value is None or value is PydanticUndefined or value == "":
        return "–"
    return f"`{'no' if value is False else value}`"


def commands_page() -> str:
    """Write every command with its arguments and options."""
    top = typer.main.get_command(app)
    assert isinstance(top, TyperGroup)
    lines = [
        "# Commands",
        "",
        "`iot-hub COMMAND --help` prints the same. Commands that print data accept `--json`.",
        "",
    ]
    for name, command in _commands(top, ()):
        lines += _section(name, command)
    return "\n".join(lines)


def _commands(group: TyperGroup, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, TyperGroup):
            yield from _commands(command, (*path, name))
        elif isinstance(command, TyperCommand) and not command.hidden:
            yield (*path, name), command


def _section(path: tuple[str, ...], command: TyperCommand) -> list[str]:
    context = typer.Context(command, info_name=" ".join(("iot-hub", *path)))
    usage = " ".join(command.collect_usage_pieces(context))
    rows = [
        row
        for parameter in command.params
        if isinstance(parameter, TyperArgument | TyperOption) and (row := _row(parameter, context))
    ]
    lines = [f"## {' '.join(path)}", "", *(command.help or "").strip().splitlines(), ""]
    lines += [f"    {context.info_name} {usage}".rstrip(), ""]
    if rows:
        lines += ["| option | meaning |", "| --- | --- |", *rows, ""]
    return [line.rstrip() for line in lines]


def _row(parameter: TyperArgument | TyperOption, context: typer.Context) -> str | None:
    record = parameter.get_help_record(context)
    if not record or "--help" in record[0]:
        return None
    words = " ".join(record[1].split()).replace("|", "\\|")
    return f"| `{record[0].replace('|', ' or ')}` | {words or '–'} |"


def http_page() -> str:
    """Write every path of the HTTP API, and every code of an error."""
    lines = [
        "# HTTP",
        "",
        "A running hub serves the same at `/docs`, with examples to try, and as OpenAPI at `/openapi.json`.",
        "",
    ]
    for path, operations in query_api(Settings()).openapi()["paths"].items():
        for method, operation in operations.items():
            lines += _operation(f"{method.upper()} {path}", operation)
    lines += ["## Errors", "", 'Every error is `{"error": {"code": …, "message": …}}`; the codes stay.', ""]
    lines += ["| code | status | what it says |", "| --- | --- | --- |", *_codes(), ""]
    return "\n".join(lines)


def _operation(title: str, operation: dict[str, Any]) -> list[str]:
    lines = [f"## {title}", "", operation.get("summary", ""), ""]
    if description := operation.get("description"):
        lines += [*description.strip().splitlines(), ""]
    rows = [
        f"| `{parameter['name']}` | {parameter['in']} | {' '.join(parameter.get('description', '–').split())} |"
        for parameter in operation.get("parameters", [])
    ]
    if rows:
        lines += ["| parameter | in | meaning |", "| --- | --- | --- |", *rows, ""]
    return lines


def _codes() -> list[str]:
    known = {error.code: error for module in (errors, query_errors) for error in _errors_of(module)}
    return [f"| `{code}` | {error.status} | {_message(error)} |" for code, error in sorted(known.items())]


def _message(error: type[errors.HubError]) -> str:
    return (error.__doc__ or "").strip().splitlines()[0]


def _errors_of(module: ModuleType) -> list[type[errors.HubError]]:
    found = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, errors.HubError)]
    return [each for each in found if each not in (errors.HubError, errors.UserError)]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
