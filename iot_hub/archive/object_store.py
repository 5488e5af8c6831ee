"""The object storage of archive and backups: a bucket of an S3-compatible server, or a folder.

An object that counts as written is there whole: a folder's file is flushed to disk with its
folder, and of a server's the size is asked for again, since some servers lie.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from iot_hub.errors import HubError
from iot_hub.files.private_files import private_umask
from iot_hub.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config

Mode = Literal["create", "overwrite"]

LARGEST_SINGLE_PUT = 32_000_000
"""Bytes; a larger upload goes in parts, or it would be held in memory whole."""

ORPHANED_SECONDS = 12 * 3600
"""An unfinished file that did not grow for this long has no writer."""

_UNFINISHED = re.compile(r"#\d+$")


class ObjectStoreError(HubError):
    """The object storage failed."""

    code = "object_store"


class ObjectExistsError(ObjectStoreError):
    """There is an object of that name already."""


class ObjectMissingError(ObjectStoreError):
    """There is no object of that name."""


@dataclass(frozen=True)
class StoredObject:
    """An object's name, size in bytes, and when it was last written."""

    path: str
    size: int
    last_modified: datetime


class ObjectStore:
    """Named, whole objects. Every method raises ObjectStoreError where the storage fails."""

    def __init__(self, store: LocalStore | S3Store, description: str, folder: Path | None = None) -> None:
        """Use a store; ``description`` names it in messages."""
        self._store = store
        self._folder = folder
        self._flushed: set[Path] = set()
        self.description = description

    def put(self, path: str, content: bytes | Path, mode: Mode = "create") -> None:
        """Write an object: bytes, or a file's content. It is safe when this returns.

        Raises ObjectExistsError in mode ``create`` where the name is taken.
        """
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        # Parts can't be made conditional: of a large object the name is looked at first.
        in_parts = size > LARGEST_SINGLE_PUT
        if in_parts and mode == "create" and self.exists(path):
            raise ObjectExistsError(f"{self.description} holds {path} already.")
        # Readings and backups, in a folder that may be open to others.
        with self._errors(path), private_umask():
            obstore.put(
                self._store, path, content, mode="overwrite" if in_parts else mode, use_multipart=in_parts or None
            )
            if self._folder:
                self._flush(self._folder, path)
        if (written := self.head(path)).size != size:
            # A restore takes what has a name for whole, and would tell of this piece for ever.
            with contextlib.suppress(ObjectStoreError):
                self.delete(path)
            raise ObjectStoreError(
                f"{self.description} said it had written {path}, but holds {written.size} of its {size} bytes."
            )

    def get(self, path: str) -> bytes:
        """Read an object. Raises ObjectMissingError."""
        with self._errors(path):
            return obstore.get(self._store, path).bytes().to_bytes()

    def get_to_file(self, path: str, file: Path) -> None:
        """Read an object into a file, piece by piece. Raises ObjectMissingError."""
        with self._errors(path), file.open("wb") as target:
            for piece in obstore.get(self._store, path).stream():
                target.write(piece)

    def head(self, path: str) -> StoredObject:
        """Return an object's size and time without reading it. Raises ObjectMissingError."""
        with self._errors(path):
            meta = obstore.head(self._store, path)
        return StoredObject(meta["path"], meta["size"], meta["last_modified"])

    def exists(self, path: str) -> bool:
        """Return whether there is an object of that name."""
        with contextlib.suppress(ObjectMissingError):
            self.head(path)
            return True
        return False

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """List the objects below a prefix, which is a whole path segment (``raw``, not ``ra``)."""
        with self._errors(prefix):
            for page in obstore.list(self._store, prefix or None, chunk_size=1000):
                for meta in page:
                    yield StoredObject(meta["path"], meta["size"], meta["last_modified"])

    def delete(self, path: str) -> None:
        """Delete an object, if there is one."""
        with contextlib.suppress(ObjectMissingError), self._errors(path):
            obstore.delete(self._store, path)

    def sweep(self, prefix: str) -> None:
        """Delete what a killed process left of a file that it was writing below a prefix.

        It bears the object's name and a number, and no list shows it. Without a folder there is
        nothing to sweep: a server keeps parts out of sight, and drops them by its own rules.
        """
        orphaned = time.time() - ORPHANED_SECONDS
        with self._errors(prefix):
            for file in self._folder.glob(f"{prefix}/**/*#*") if self._folder else ():
                if _UNFINISHED.search(file.name) and file.stat().st_mtime < orphaned:
                    file.unlink(missing_ok=True)

    def _flush(self, folder: Path, path: str) -> None:
        """Flush a file and the folders on its way: a file is lost with the entry that names it.

        A folder whose own entry is safe already ends the way.
        """
        _sync(folder / path)
        new: list[Path] = []
        for place in (folder / path).parents:
            _sync(place)
            if place == folder or place in self._flushed:
                break
            new.append(place)
        self._flushed.update(new)

    @contextlib.contextmanager
    def _errors(self, path: str) -> Iterator[None]:
        try:
            yield
        except AlreadyExistsError as error:
            raise ObjectExistsError(f"{self.description} holds {path} already.") from error
        except FileNotFoundError as error:
            raise ObjectMissingError(f"{self.description} has no {path}.") from error
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise ObjectStoreError(
                f"{self.description} refuses access to {path or 'its list'}. Check the keys and their rights."
            ) from error
        except (BaseError, OSError) as error:
            raise ObjectStoreError(f"{self.description} failed at {path or 'its list'}: {_reason(error)}.") from error


def object_store(settings: Settings) -> ObjectStore:
    """Return the settings' bucket where there is an S3 endpoint, else the archive folder, created if missing."""
    if settings.s3_endpoint:
        return _bucket(settings, settings.s3_endpoint)
    folder = settings.archive_folder or settings.home / "archive"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ObjectStoreError(f"The archive folder {folder} can't be made: {error.strerror}.") from error
    return ObjectStore(LocalStore(prefix=folder), f"The folder {folder}", folder)


def _bucket(settings: Settings, endpoint: str) -> ObjectStore:
    config: S3Config = {
        "endpoint": endpoint,
        "region": "us-east-1",  # Servers of one's own take any region; without one the client refuses.
        "virtual_hosted_style_request": False,
    }
    if settings.s3_access_key and settings.s3_secret_key:
        config["access_key_id"] = settings.s3_access_key.get_secret_value()
        config["secret_access_key"] = settings.s3_secret_key.get_secret_value()
    else:
        config["skip_signature"] = True
    store = S3Store(
        settings.s3_bucket,
        config=config,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(minutes=5),
        },
        # Together at most about a minute: a nightly run tries again tomorrow.
        retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=30)},
    )
    return ObjectStore(store, f"The bucket {settings.s3_bucket} at {urlsplit(endpoint).hostname}")


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    """Return an error in a few words. The client's own text may quote a whole response: never shown."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).lower()
    known = {
        "nosuchbucket": "there is no such bucket; create it there",
        "no space": "no space left",
        "permission denied": "permission denied",
        "connect": "it can't be reached",
        "timed out": "it takes too long to answer",
        "timeout": "it takes too long to answer",
    }
    return next((words for sign, words in known.items() if sign in text), "it answered with an error")
