"""The keys of backups, as the settings name them.

``IOT_HUB_BACKUP_RECIPIENT``: public keys of age. ``IOT_HUB_BACKUP_KEY``: a secret key of age, or a passphrase of
versions before 1.2, with which a hub goes on as it did until it has a key pair.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyrage.x25519 import Identity, Recipient

from iot_hub.archive.backup.age_format import PUBLIC_PREFIX, SECRET_PREFIX, parse_identity, parse_recipient
from iot_hub.archive.backup.errors import BackupError
from iot_hub.settings import Settings


@dataclass(frozen=True)
class BackupKeys:
    """What backups are encrypted for, and what opens them."""

    recipients: tuple[Recipient, ...] = ()
    """Whoever has the secret key of one of these opens a backup."""
    identity: Identity | None = None
    passphrase: str | None = None


def backup_keys(settings: Settings) -> BackupKeys:
    """Return the keys of the settings. Raises BackupError where one is none."""
    recipients = tuple(parse_recipient(text.strip()) for text in settings.backup_recipient.split(",") if text.strip())
    if settings.backup_key is None:
        return BackupKeys(recipients)
    secret = settings.backup_key.get_secret_value().strip()
    if secret.upper().startswith(SECRET_PREFIX):
        identity = parse_identity(secret)
        return BackupKeys(recipients or (identity.to_public(),), identity)
    if secret.startswith(PUBLIC_PREFIX):
        raise BackupError("IOT_HUB_BACKUP_KEY is a public key: set it as IOT_HUB_BACKUP_RECIPIENT.")
    return BackupKeys(recipients, passphrase=settings.backup_key.get_secret_value())
