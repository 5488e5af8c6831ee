"""Structured logs: lines for people on a terminal, JSON elsewhere.

Never logged: a token, a body, a coordinate, a query string. Of an error, its class and where it was
raised are logged, but not its text, which may quote values.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]

FRAMES = 5

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request, on every line logged while it is handled."""


def set_up_logs(role: str, level: Level = "info") -> None:
    """Configure logging to standard error for a role of the hub."""
    render = _renderer()
    lines = _Lines()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _name_request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_error,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, lines)),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)
    # Libraries' own logs: warnings only, in the same format.
    handler = logging.StreamHandler(cast(TextIO, lines))
    handler.setFormatter(_LibraryLine(role, render))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _renderer() -> Processor:
    return structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()


def _name_request(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    if given := request_id.get():
        line["request_id"] = given
    return line


def _name_error(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    if line.pop("exc_info", None):
        line.update(_error_of(sys.exception()))
    return line


def _error_of(error: BaseException | None) -> dict[str, object]:
    if error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return {"error": type(error).__name__, "where": [f"{frame.filename}:{frame.lineno}" for frame in frames]}


class _Lines:
    """Standard error. A line that a full or read-only disk rejects is lost, without failing the work."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


class _LibraryLine(logging.Formatter):
    """A library's log record in the hub's own format."""

    def __init__(self, role: str, render: Processor) -> None:
        super().__init__()
        self._role = role
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        line: EventDict = {
            "event": record.getMessage(),
            "logger": record.name,
            "role": self._role,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            **(_error_of(record.exc_info[1]) if record.exc_info else {}),
        }
        return str(self._render(None, record.levelname.lower(), _name_request(None, "", line)))
