"""Encrypted backups in the age format (https://age-encryption.org/v1), which ``age`` opens without the hub.

A backup is encrypted for public keys, so the machine that makes it need not hold the secret key. A file that was
changed, cut short or added to is rejected. Streams of any length pass in bounded memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, NamedTuple, Protocol

import pyrage
from pyrage.x25519 import Identity, Recipient

from iot_hub.archive.backup.errors import BackupError

SECRET_PREFIX = "AGE-SECRET-KEY-"  # noqa: S105 - how every secret key begins
PUBLIC_PREFIX = "age1"


class Sink(Protocol):
    """What an encrypted stream is written to."""

    def write(self, data: bytes, /) -> object:
        """Write all of it."""
        ...


class KeyPair(NamedTuple):
    """A generated key pair."""

    recipient: str
    """The public key."""
    key: str
    """The secret key."""


def generate_keys() -> KeyPair:
    """Generate a key pair."""
    identity = Identity.generate()
    return KeyPair(str(identity.to_public()), str(identity))


def parse_recipient(text: str) -> Recipient:
    """Parse a public key. Raises BackupError where it is none."""
    try:
        return Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BackupError(
            f"IOT_HUB_BACKUP_RECIPIENT must be public keys of age, such as {PUBLIC_PREFIX}…, separated by commas."
            " Generate a key pair: iot-hub backup keys"
        ) from error


def parse_identity(text: str) -> Identity:
    """Parse a secret key. Raises BackupError where it is none; the message does not show it."""
    try:
        return Identity.from_str(text)
    except pyrage.IdentityError as error:
        raise BackupError("IOT_HUB_BACKUP_KEY begins like a secret key of age, but is none: is it complete?") from error


def encrypt(source: IO[bytes], target: Sink, recipients: Sequence[Recipient]) -> None:
    """Encrypt what a file holds for the owners of public keys."""
    reader, writer = _Recorded(source), _Recorded(target)
    try:
        pyrage.encrypt_io(reader, writer, recipients)
    except (pyrage.EncryptError, OSError) as error:
        raise reader.error or writer.error or BackupError(f"The backup can't be encrypted: {error}.") from error


def decrypt(source: IO[bytes], target: Sink, identity: Identity) -> None:
    """Decrypt what a file holds. Only when this returns was all of it genuine.

    Raises BackupError for another key and for a file that was changed, cut short or added to.
    """
    reader, writer = _Recorded(source), _Recorded(target)
    try:
        pyrage.decrypt_io(reader, writer, [identity])
    except (pyrage.DecryptError, OSError) as error:
        raise reader.error or writer.error or _rejection(error) from error


def _rejection(error: Exception) -> BackupError:
    if "matching keys" in str(error):
        reason = "IOT_HUB_BACKUP_KEY is not the key that it was made for"
    elif isinstance(error, pyrage.DecryptError):
        reason = "it is no encrypted backup, or was cut short"
    else:
        reason = "it was changed or cut short"
    return BackupError(f"The backup can't be decrypted: {reason}.")


class _Recorded:
    """A file whose errors are recorded: pyrage replaces them by texts, Ctrl-C among them."""

    def __init__(self, file: object) -> None:
        self._file = file
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        return self._call("read", size)  # type: ignore[return-value]

    def write(self, data: bytes) -> int:
        self._call("write", data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: the file is flushed when it is complete."""

    def _call(self, name: str, argument: object) -> object:
        try:
            return getattr(self._file, name)(argument)
        except BaseException as error:
            self.error = error
            raise
