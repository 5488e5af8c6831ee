"""The one-time code with which the first password is chosen in a browser.

That a request seems to come from this machine proves nothing: a TCP forwarder looks the same. The code
does, since only the hub's user can read it: ``iot-hub up`` prints it and writes it to the log folder. Each
start generates a new one, and choosing the password invalidates it.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from iot_hub.files.private_files import make_folder, write_private

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without those that look alike."""
_LENGTH = 10


def new_code(home: Path) -> str:
    """Generate a code that replaces the last one, private to the hub's user."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    path = code_file(home)
    make_folder(path.parent)
    write_private(path, f"{code[:5]}-{code[5:]}\n".encode())
    return f"{code[:5]}-{code[5:]}"


def has_code(home: Path) -> bool:
    """Return whether there is a code."""
    return bool(_code(home))


def is_code(home: Path, given: str) -> bool:
    """Return whether a text is the code, however it was typed, in constant time."""
    code = _code(home)
    return bool(code) and hmac.compare_digest(_normalize(given).encode(), code.encode())


def delete_code(home: Path) -> None:
    """Delete the code."""
    code_file(home).unlink(missing_ok=True)


def code_file(home: Path) -> Path:
    """Return the file of the code."""
    return home / "log" / "first-visit-code"


def _code(home: Path) -> str:
    try:
        return _normalize(code_file(home).read_text())
    except OSError:
        return ""


def _normalize(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())
