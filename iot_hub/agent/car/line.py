"""The line to an adapter: a serial device, one of Bluetooth, or a TCP connection to a Wi-Fi dongle; all are files.

Facts: termios(3); the first speed of an ELM327 is 38,400 bit/s (its data sheet), copies and others use 9,600 to
500,000.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
import termios
import time
from types import TracebackType
from urllib.parse import urlsplit

from iot_hub.agent.errors import AdapterError, AgentError
from iot_hub.agent.stop import wait_readable

SPEEDS = (38_400, 115_200, 9_600, 230_400, 500_000)
"""In the order in which they are tried."""
TCP_PORT = 35_000
BLUETOOTH_CHANNEL = 1
_MAX_PART = 4096
_BLUETOOTH = re.compile(r"bluetooth://((?:[0-9a-f]{2}:){5}[0-9a-f]{2})", re.IGNORECASE)


def checked_adapter(address: str) -> str:
    """Return an adapter's address. Raises AgentError where it is none."""
    if address.startswith("/") or _BLUETOOTH.fullmatch(address):
        return address
    try:
        parts = urlsplit(address)
        is_right = parts.scheme == "tcp" and parts.hostname and parts.port != 0 and parts.path in ("", "/")
    except ValueError:
        is_right = False
    if not is_right:
        raise AgentError(
            "obd.adapter must be a device such as /dev/rfcomm0, tcp://192.168.0.10:35000,"
            f" or bluetooth://00:1D:A5:00:00:01, not {address!r}."
        )
    return address


def is_serial(address: str) -> bool:
    """Return whether an adapter's address is a device, which has a speed."""
    return address.startswith("/")


class Line:
    """An open line. Methods raise AdapterError, and Stopped while they wait."""

    def __init__(self, address: str, timeout: float) -> None:
        """Open it. Raises AdapterError."""
        self._socket: socket.socket | None = None
        try:
            if is_serial(address):
                self._file = _open_serial(address)
            else:
                self._socket = _connect(address, timeout)
                self._socket.setblocking(False)
                self._file = self._socket.fileno()
        except (OSError, termios.error) as error:
            raise AdapterError(f"{address} can't be opened: {_reason(error)}") from error

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the line."""
        if self._socket:
            self._socket.close()
        else:
            os.close(self._file)

    def set_speed(self, speed: int) -> None:
        """Set a serial line's speed (bit/s). Raises AdapterError for one that it does not know."""
        try:
            settings = termios.tcgetattr(self._file)
            settings[4] = settings[5] = getattr(termios, f"B{speed}")
            termios.tcsetattr(self._file, termios.TCSANOW, settings)
        except (AttributeError, OSError, termios.error) as error:
            raise AdapterError(f"the line does not know {speed} bit/s") from error

    def send(self, data: bytes) -> None:
        """Send a few bytes."""
        try:
            if os.write(self._file, data) != len(data):
                raise AdapterError("the adapter takes no more commands")
        except BlockingIOError as error:
            raise AdapterError("the adapter takes no more commands") from error
        except OSError as error:
            raise AdapterError(f"the connection to the adapter is lost: {_reason(error)}") from error

    def receive(self, seconds: float) -> bytes:
        """Return what comes within this many seconds, as soon as something does; nothing where nothing comes."""
        deadline = time.monotonic() + seconds
        while wait_readable(self._file, deadline - time.monotonic()):
            if part := self.received():
                return part
        return b""

    def received(self) -> bytes:
        """Return what has come, without waiting."""
        try:
            part = os.read(self._file, _MAX_PART)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise AdapterError(f"the connection to the adapter is lost: {_reason(error)}") from error
        if not part:
            raise AdapterError("the adapter has closed the connection")
        return part


def _open_serial(path: str) -> int:
    """Open a device for this process alone, without echo or translation of what is sent."""
    file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        # Nobody else may write between a request and its answer: another agent, or ModemManager, which tries every
        # new device.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.ioctl(file, termios.TIOCEXCL)
        _, _, control, _, _, _, characters = termios.tcgetattr(file)
        control &= ~(termios.CSIZE | termios.PARENB | termios.CSTOPB | termios.CRTSCTS)
        control |= termios.CS8 | termios.CREAD | termios.CLOCAL
        characters[termios.VMIN], characters[termios.VTIME] = 1, 0
        speed = termios.B38400
        termios.tcsetattr(file, termios.TCSANOW, [0, 0, control, 0, speed, speed, characters])
        termios.tcflush(file, termios.TCIOFLUSH)
    except BaseException:
        os.close(file)
        raise
    return file


def _connect(address: str, timeout: float) -> socket.socket:
    if found := _BLUETOOTH.fullmatch(address):
        if not hasattr(socket, "AF_BLUETOOTH"):
            raise OSError(errno.EAFNOSUPPORT, "this Python knows no Bluetooth")
        connection = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_STREAM, socket.BTPROTO_RFCOMM)
        try:
            connection.settimeout(timeout)
            connection.connect((found[1], BLUETOOTH_CHANNEL))
        except BaseException:
            connection.close()
            raise
        return connection
    parts = urlsplit(address)
    connection = socket.create_connection((parts.hostname or "", parts.port or TCP_PORT), timeout)
    # Each request is a packet of its own, and waits for nothing.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _reason(error: OSError | termios.error) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error.args[-1]) if error.args else "it is no serial device"
