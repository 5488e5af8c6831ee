"""Fetches a backup, checks that it is the one that was made, and decrypts it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

from iot_hub.archive.backup import age_format, secretstream
from iot_hub.archive.backup.errors import BackupError
from iot_hub.archive.backup.keys import BackupKeys, backup_keys
from iot_hub.archive.backup.manifest import Manifest
from iot_hub.archive.backup.repository import BackupRepository
from iot_hub.settings import Settings


def read_backup(settings: Settings, repository: BackupRepository, manifest: Manifest, folder: Path) -> Path:
    """Fetch a backup, check it against its manifest, and decrypt it; return the plain dump's path in the folder.

    Raises BackupError where it was changed, or the key is not right.
    """
    keys = backup_keys(settings)
    _check_keys(manifest, keys)
    stored = folder / "stored"
    repository.fetch(manifest, stored)
    _check_content(stored, manifest)
    if not manifest.encrypted:
        return stored
    plain = folder / "dump"
    try:
        with stored.open("rb") as source, plain.open("xb") as target:
            _decrypt(source, target, keys)
    except OSError as error:
        raise BackupError(f"The backup can't be decrypted in {folder}: {error.strerror}.") from error
    stored.unlink()
    return plain


def _check_keys(manifest: Manifest, keys: BackupKeys) -> None:
    if manifest.format == "age" and keys.identity is None:
        raise BackupError(
            f"The backup {manifest.name} is encrypted. Set IOT_HUB_BACKUP_KEY to its secret key (AGE-SECRET-KEY-1…)."
        )
    if manifest.format == "secretstream" and not keys.passphrase:
        raise BackupError(
            f"The backup {manifest.name} is encrypted with a passphrase, as before 1.2. Set IOT_HUB_BACKUP_KEY to it."
        )


def _decrypt(source: IO[bytes], target: IO[bytes], keys: BackupKeys) -> None:
    if keys.identity is not None:
        age_format.decrypt(source, target, keys.identity)
    elif keys.passphrase:
        target.writelines(secretstream.decrypted(source, keys.passphrase))


def _check_content(stored: Path, manifest: Manifest) -> None:
    size = stored.stat().st_size
    if size != manifest.bytes:
        raise BackupError(
            f"The backup {manifest.name} has {size} bytes, but {manifest.bytes} were written: it was cut or added to."
            " Use another one."
        )
    with stored.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != manifest.sha256:
        raise BackupError(f"The backup {manifest.name} was changed since it was made (SHA-256). Use another one.")
