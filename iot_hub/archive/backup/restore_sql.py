"""Restores a dump into a database: all of it, in one transaction, or nothing.

``pg_restore`` writes the dump as SQL, which goes to ``psql`` as a single transaction. Owners and
grants are left out: the roles of another server are not there, and migrations make the grants.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from iot_hub.archive.backup.errors import BackupError
from iot_hub.archive.backup.programs import Programs, complaint
from iot_hub.database.queries import query

_EXTENSION = re.compile(r"^\d+; \d+ \d+ (COMMENT - )?EXTENSION ")


def restore_sql(programs: Programs, dump: Path) -> None:
    """Replace the empty hub in the database by the dump's. Raises BackupError; nothing is changed then."""
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as script_errors:
        script = programs.read("pg_restore", [*_options(programs, dump), "--file=-", str(dump)], script_errors)
        session = programs.start(
            "psql", "--no-psqlrc", "--no-password", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
            "--output=/dev/null", "--command", query("make_room"), "--file=-",
            errors=errors, stdin=subprocess.PIPE,
        )  # fmt: skip
        complete = False
        try:
            complete = _feed(script, session)
        finally:
            # psql commits at the end of its input, which half a script has too.
            if not complete:
                session.kill()
            session.communicate()
            _end(script)
        if not complete or session.returncode != 0:
            raise BackupError(f"It can't be restored, and nothing was changed: {complaint(errors, script_errors)}")


def _feed(script: subprocess.Popen[bytes], session: subprocess.Popen[bytes]) -> bool:
    """Pipe the script into psql; return whether all of it was written and read."""
    assert script.stdout is not None and session.stdin is not None  # noqa: S101 - they are pipes
    try:
        shutil.copyfileobj(script.stdout, session.stdin)
    except BrokenPipeError:
        return False
    return script.wait() == 0


def _end(script: subprocess.Popen[bytes]) -> None:
    assert script.stdout is not None  # noqa: S101 - it is a pipe
    script.stdout.close()
    script.wait()


def _options(programs: Programs, dump: Path) -> list[str]:
    """Return the options that restore all but extensions: creating one may need more rights, and it exists already."""
    listed = subprocess.run([programs.binaries["pg_restore"], "--list", str(dump)], capture_output=True, text=True)
    if listed.returncode != 0:
        raise BackupError(f"The dump can't be read: {listed.stderr.strip().splitlines()[-1]}")
    selection = dump.with_name("selection")
    selection.write_text(
        "".join(line for line in listed.stdout.splitlines(keepends=True) if not _EXTENSION.search(line))
    )
    return [f"--use-list={selection}", "--no-owner", "--no-privileges"]
