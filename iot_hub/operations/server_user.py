"""The system user that a server runs as where the hub runs as root; elsewhere it runs as the hub's own."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence
from pathlib import Path

from iot_hub.errors import UserError


def server_user(name: str, server: str) -> pwd.struct_passwd | None:
    """Return the user of a server where the hub runs as root, else None. Raises UserError if there is none."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(name)
    except KeyError as error:
        raise UserError(
            f"{server} does not run as root, and there is no system user {name!r}. Run the hub as an ordinary user."
        ) from error


def as_user(
    command: Sequence[str], user: pwd.struct_passwd | None, death_signal: str, folders: Sequence[Path]
) -> list[str]:
    """Return the command line that runs a server as its user, and ends it together with whoever started it.

    The server may pass through ``folders``, whatever their rights.
    """
    if user is None:
        return ["setpriv", f"--pdeathsig={death_signal}", *command]
    drop = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if not all(_can_traverse(folder, user) for folder in folders):
        # Root's home is closed to everyone. Rather than open it, allow the server to traverse it.
        drop += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    # Changing the user clears the death signal set by the hub's own wrapper.
    return [*drop, f"--pdeathsig={death_signal}", *command]


def give_to(path: Path, user: pwd.struct_passwd | None) -> None:
    """Change the owner of a file or a folder to a server's user. Raises OSError."""
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def check_owner(folder: Path, user: pwd.struct_passwd | None) -> None:
    """Raise UserError if a folder is neither the hub's nor its server's."""
    owners = {os.geteuid(), *([user.pw_uid] if user else [])}
    if folder.is_symlink() or folder.stat().st_uid not in owners:
        # In /tmp anybody may have created it first, to listen in our place.
        raise UserError(
            f"{folder} belongs to another user. Remove it, or set IOT_HUB_HOME to a folder with a shorter path."
        )


def _can_traverse(folder: Path, user: pwd.struct_passwd) -> bool:
    status = folder.stat()
    return bool(status.st_mode & 0o001) or (status.st_uid == user.pw_uid and bool(status.st_mode & 0o100))
