"""Fetching a backup and making sure that it is the one that was made."""

from __future__ import annotations

import hashlib
from pathlib import Path

from iot_hub.archive.backup.encryption import decrypted
from iot_hub.archive.backup.errors import BackupError
from iot_hub.archive.backup.kept import KeptBackups
from iot_hub.archive.backup.manifest import Manifest
from iot_hub.settings import Settings


def open_backup(settings: Settings, kept: KeptBackups, manifest: Manifest, folder: Path) -> Path:
    """Fetch a backup, check it against its manifest, decrypt it; give the plain dump's path in the folder.

    Raises BackupError where it was changed, or the key is not right.
    """
    passphrase = settings.backup_key.get_secret_value() if settings.backup_key is not None else None
    if manifest.encrypted and not passphrase:
        raise BackupError(f"The backup {manifest.name} is encrypted. Set IOT_HUB_BACKUP_KEY to its key.")
    stored = folder / "stored"
    kept.fetch(manifest, stored)
    _check(stored, manifest)
    if not manifest.encrypted or not passphrase:
        return stored
    plain = folder / "dump"
    try:
        with stored.open("rb") as source, plain.open("xb") as target:
            target.writelines(decrypted(source, passphrase))
    except OSError as error:
        raise BackupError(f"The backup can't be decrypted in {folder}: {error.strerror}.") from error
    stored.unlink()
    return plain


def _check(stored: Path, manifest: Manifest) -> None:
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
