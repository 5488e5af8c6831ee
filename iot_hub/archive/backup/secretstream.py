"""Encrypted backups as versions before 1.2 made them; still made where the key is a passphrase.

libsodium's secretstream (XChaCha20-Poly1305) under a key that Argon2id derives from the passphrase.

A file is a header (magic, version, the parameters and salt of Argon2id, the stream's own header),
then sealed blocks. Every block authenticates the header, and the last one says that it is the last:
a file that was changed, cut short or added to is rejected.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

from nacl import bindings as sodium
from nacl import pwhash, utils
from nacl.exceptions import CryptoError

from iot_hub.archive.backup.errors import BackupError

MAGIC = b"IOTHUB\x00B"
VERSION = 1
BLOCK_BYTES = 256 * 1024
MIN_KEY_LENGTH = 32

# 64 MiB: a machine with 1 GB can open its own backups. The passphrase is long; Argon2id is for those that are not.
_PASSES = 3
_MEMORY_BYTES = 64 * 2**20
# A changed header must not make the reader take all memory, or a day.
_MAX_PASSES = 20
_MAX_MEMORY_BYTES = 2**30

_HEADER = struct.Struct(
    f">8sBIQ{pwhash.argon2id.SALTBYTES}s{sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES}s"
)
_SEAL_BYTES = sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_MORE = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class _Header(NamedTuple):
    magic: bytes
    version: int
    passes: int
    memory: int
    salt: bytes
    stream: bytes


def check_key(passphrase: str) -> None:
    """Raise BackupError where a passphrase is too short to encrypt with."""
    if len(passphrase) < MIN_KEY_LENGTH:
        raise BackupError(
            f"IOT_HUB_BACKUP_KEY has {len(passphrase)} characters; {MIN_KEY_LENGTH} random ones are needed."
            " Better, generate a key pair: iot-hub backup keys"
        )


def encrypted(source: IO[bytes], passphrase: str) -> Iterator[bytes]:
    """Encrypt what a file holds, piece by piece."""
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    key = _key(passphrase, salt, _PASSES, _MEMORY_BYTES)
    stream = sodium.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    header = _HEADER.pack(*_Header(MAGIC, VERSION, _PASSES, _MEMORY_BYTES, salt, stream))
    yield header
    block = source.read(BLOCK_BYTES)
    more = True
    while more:
        following = source.read(BLOCK_BYTES)
        more = bool(following)
        yield sodium.crypto_secretstream_xchacha20poly1305_push(state, block, header, _MORE if more else _LAST)
        block = following


def decrypted(source: IO[bytes], passphrase: str) -> Iterator[bytes]:
    """Decrypt what a file holds, piece by piece. Only when it ends without an error was all of it genuine.

    Raises BackupError for another passphrase and for a file that was changed, cut short or added to.
    """
    packed = source.read(_HEADER.size)
    header = _read_header(packed)
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    key = _key(passphrase, header.salt, header.passes, header.memory)
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header.stream, key)
    block, tag = _open(state, source, packed, "IOT_HUB_BACKUP_KEY is not the key that it was made with")
    yield block
    while tag != _LAST:
        block, tag = _open(state, source, packed, "it was changed or cut short")
        yield block
    if source.read(1):
        raise BackupError("The backup can't be decrypted: something was added to it.")


def _open(
    state: sodium.crypto_secretstream_xchacha20poly1305_state, source: IO[bytes], packed: bytes, reason: str
) -> tuple[bytes, int]:
    sealed = source.read(BLOCK_BYTES + _SEAL_BYTES)
    if len(sealed) < _SEAL_BYTES:
        raise BackupError("The backup can't be decrypted: it was cut short.")
    try:
        return sodium.crypto_secretstream_xchacha20poly1305_pull(state, sealed, packed)
    except CryptoError as error:
        raise BackupError(f"The backup can't be decrypted: {reason}.") from error


def _read_header(packed: bytes) -> _Header:
    if len(packed) < _HEADER.size or not packed.startswith(MAGIC):
        raise BackupError("The backup can't be decrypted: it is no encrypted backup, or was cut short.")
    header = _Header(*_HEADER.unpack(packed))
    if header.version != VERSION:
        raise BackupError(f"The backup's encryption has version {header.version}: a newer hub made it. Update the hub.")
    allowed = 1 <= header.passes <= _MAX_PASSES and pwhash.argon2id.MEMLIMIT_MIN <= header.memory <= _MAX_MEMORY_BYTES
    if not allowed:
        raise BackupError("The backup can't be decrypted: its header was changed.")
    return header


def _key(passphrase: str, salt: bytes, passes: int, memory: int) -> bytes:
    return pwhash.argon2id.kdf(
        sodium.crypto_secretstream_xchacha20poly1305_KEYBYTES,
        passphrase.encode(),
        salt,
        opslimit=passes,
        memlimit=memory,
    )
