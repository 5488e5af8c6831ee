"""Where an export goes: a file that is there whole or not at all, or standard output."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from iot_hub.errors import UserError


@contextmanager
def whole_file(path: Path, *, replace: bool) -> Iterator[BinaryIO]:
    """Open a file that gets its name when the block has ended well; its owner alone can read it.

    Raises UserError where the name is taken, or the folder can't be written.
    """
    _refuse_taken(path, replace=replace)
    try:
        file = tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False)
        with file, _named(Path(file.name), path, replace=replace):
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(f"{path} can't be written: {error.strerror}.") from error


@contextmanager
def _named(part: Path, path: Path, *, replace: bool) -> Iterator[None]:
    try:
        yield
        _refuse_taken(path, replace=replace)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _refuse_taken(path: Path, *, replace: bool) -> None:
    if not path.exists():
        return
    if not path.is_file():
        # Else a device such as /dev/null would give way to a file.
        raise UserError(f"{path} is no file that could be replaced. Give another --output; - is standard output.")
    if not replace:
        raise UserError(f"{path} is there already. Give another --output, or --force to replace it.")


@contextmanager
def standard_output(*, is_text: bool) -> Iterator[BinaryIO]:
    """Return standard output. Raises UserError where bytes that are no text would go to a terminal."""
    if not is_text and sys.stdout.isatty():
        raise UserError("This format is no text for a terminal. Give --output FILE, or pipe it.")
    yield sys.stdout.buffer
    sys.stdout.flush()
