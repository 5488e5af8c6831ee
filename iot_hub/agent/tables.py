"""A table of a configuration file: its keys with their defaults, which define the types too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iot_hub.agent.errors import AgentError

Table = Mapping[str, Any]


def checked(where: str, table: object, defaults: Table, also: Iterable[str] = ()) -> dict[str, Any]:
    """Return a table's values with the defaults filled in. Raises AgentError for an unknown key or another type."""
    if not isinstance(table, Mapping):
        raise AgentError(f"{where.rstrip('.')} must be a table.")
    for name, value in table.items():
        if name not in defaults:
            raise AgentError(f"{where}{name} is unknown. There are: {', '.join(sorted({*defaults, *also}))}.")
        if not _is_like(value, defaults[name]):
            raise AgentError(f"{where}{name} must be {_KINDS[type(defaults[name])]}, such as {defaults[name]!r}.")
    return {**defaults, **table}


def _is_like(value: object, default: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return type(value) is type(default)
    if isinstance(default, float):
        return isinstance(value, int | float) and 0 <= value < 1e9
    if isinstance(default, int):
        return isinstance(value, int) and 0 <= value < 10**9
    return isinstance(value, type(default))


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
