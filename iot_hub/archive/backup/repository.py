"""The repository: ``backups/<UTC time>.dump`` in the object storage, each with a manifest beside it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from iot_hub.archive.backup.errors import BackupError
from iot_hub.archive.backup.manifest import Format, Manifest, read_manifest, write_manifest
from iot_hub.archive.object_store import ObjectStore, object_store
from iot_hub.settings import Settings

FOLDER = "backups"
ENDINGS = {"plain": "dump", "age": "dump.age", "secretstream": "dump.encrypted"}


def dump_path(name: str, format: Format) -> str:
    """Return where a backup's dump is."""
    return f"{FOLDER}/{name}.{ENDINGS[format]}"


def manifest_path(name: str) -> str:
    """Return where a backup's manifest is."""
    return f"{FOLDER}/{name}.json"


def newest_backup(settings: Settings) -> Manifest | None:
    """Return the newest backup, if any; create no folder. Raises ObjectStoreError, or BackupError for a broken one."""
    folder = settings.archive_folder or settings.home / "archive"
    if not settings.s3_endpoint and not folder.exists():
        return None
    repository = BackupRepository(object_store(settings))
    return repository.find(None) if repository.names() else None


class BackupRepository:
    """The backups in a hub's object storage. Methods raise ObjectStoreError where it fails."""

    def __init__(self, store: ObjectStore) -> None:
        """Use an object storage."""
        self._store = store

    def add(self, manifest: Manifest, dump: Path) -> None:
        """Store a backup. A dump under its final name is whole, and its manifest is there already."""
        self._store.put(manifest_path(manifest.name), write_manifest(manifest))
        self._store.put(manifest.file, dump)

    def sweep(self) -> None:
        """Delete what killed attempts left of dumps that were being stored."""
        self._store.sweep(FOLDER)

    def names(self) -> list[str]:
        """Return the names of the whole backups, oldest first."""
        return sorted(self._dumps())

    def manifests(self) -> list[Manifest]:
        """Return each one's manifest, oldest first."""
        return [self._manifest(name) for name in self.names()]

    def find(self, name: str | None) -> Manifest:
        """Return a backup by its name, or the newest. Raises BackupError where there is none."""
        names = self.names()
        if not names:
            raise BackupError(f"There is no backup in {self._store.description}. Create one: iot-hub backup")
        wanted = names[-1] if name is None else PurePosixPath(name).name.partition(".dump")[0]
        if wanted not in names:
            raise BackupError(f"There is no backup {name!r}. See the names: iot-hub backup list")
        return self._manifest(wanted)

    def fetch(self, manifest: Manifest, file: Path) -> None:
        """Download a backup's dump, as it is stored, into a file."""
        self._store.get_to_file(manifest.file, file)

    def delete_older(self, keep: int) -> list[str]:
        """Delete all but the newest backups, and what an interrupted attempt left before them; return their names."""
        dumps = self._dumps()
        deleted = sorted(dumps)[:-keep]
        oldest_kept = min(dumps.keys() - set(deleted), default="")
        # A dump goes before its manifest: a half deleted backup is not listed.
        for name in deleted:
            self._store.delete(dumps[name])
        for name in self._names_of("json"):
            if name < oldest_kept:
                self._store.delete(manifest_path(name))
        return deleted

    def _dumps(self) -> dict[str, str]:
        manifests = self._names_of("json")
        dumps = {name: path for ending in ENDINGS.values() for name, path in self._names_of(ending).items()}
        return {name: path for name, path in dumps.items() if name in manifests}

    def _names_of(self, ending: str) -> dict[str, str]:
        paths = [entry.path for entry in self._store.list(FOLDER) if entry.path.endswith(f".{ending}")]
        return {PurePosixPath(path).name.removesuffix(f".{ending}"): path for path in paths}

    def _manifest(self, name: str) -> Manifest:
        path = manifest_path(name)
        return read_manifest(self._store.get(path), path)
