"""Whose the messages of a home are: what the owner decided about each identity, and what is heard of the others.

The receiver asks for each reading, so the answers are in memory, and in a file for a start without the database. What
is heard goes to the database about once a second; a decision comes back as a notification.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from iot_hub.database.queries import query
from iot_hub.files.private_files import make_folder, write_private
from iot_hub.sources.mqtt.meaning import PART, Description, Meaning, State
from iot_hub.timestamps import SECOND, Microseconds, to_datetime

MOST_DEVICES = 5_000
"""Devices that are known at all, decided or not."""
MOST_STRANGERS = 1_000
"""Of them nobody has decided about. A receiver of radio sensors hears the tyres of every car that passes."""
LONGEST_IDENTITY = 300
"""Characters. Zigbee addresses have 18, names of topics some tens."""
NOTED_AT_ONCE = 500
HEARD_EVERY = 10 * SECOND
"""How often the time of a known device's newest message is noted."""
UNKNOWN = "mqtt"
"""The protocol of a device of which nothing was read but, say, its availability."""
IGNORED = 0
"""In place of a device: what an ignored identity sends is dropped. No device has this id."""

_decisions = msgspec.json.Decoder(dict[str, int])


class _Heard(msgspec.Struct):
    """What was heard of an identity since it was noted."""

    last_heard: Microseconds | None = None
    availability: State | None = None
    availability_at: Microseconds | None = None
    description: Description | None = None


class Discovery:
    """The decisions, and what was heard. One event loop only."""

    def __init__(self, snapshot: Path) -> None:
        """Know the decisions of the file, if there is one."""
        self._snapshot = snapshot
        self._decisions: dict[str, int] = {}
        self._known: set[str] = set()
        self._heard: dict[str, _Heard] = {}
        self._live: dict[str, Microseconds] = {}
        self._protocols: dict[str, str] = {}
        """By the messages of those that are new; a description says it too."""
        self._provisional: list[tuple[str, str]] = []
        self._is_urgent = True
        self._noted_at: Microseconds = 0
        self.held = 0
        """How many messages went to the holding table."""
        self.lessons = 0
        """How often a message taught something: topics that meant nothing may mean something now."""
        self.loaded = False
        """Whether the decisions are known at all: before that, everything would be held."""
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self._decisions = _decisions.decode(snapshot.read_bytes())
            self.loaded = True

    def device_of(self, identity: str) -> int | None:
        """Return the device of an identity, IGNORED, or None where nobody has decided."""
        found = self._decisions.get(identity)
        if found is None and PART in identity and self._decisions.get(whole_of(identity)) == IGNORED:
            return IGNORED
        return found

    def heard(self, identity: str, at: Microseconds, protocol: str) -> None:
        """Note a live message of a device."""
        if identity in self._known:
            self._live[identity] = at
        elif len(self._live) < 2 * MOST_DEVICES and is_identity(identity):
            self._live[identity] = at
            self._protocols[identity] = protocol
            self._is_urgent = True

    def learn(self, meaning: Meaning, at: Microseconds) -> None:
        """Note how devices describe themselves, and whether they can be reached."""
        for description in meaning.descriptions:
            if is_identity(description.device):
                self._entry(description.device).description = description
                self._provisional += [(description.device, alias) for alias in description.aliases]
        for each in meaning.availability:
            if is_identity(each.device):
                entry = self._entry(each.device)
                entry.availability, entry.availability_at = each.state, at
        self.lessons += meaning.has_taught

    def _entry(self, identity: str) -> _Heard:
        self._is_urgent = True
        if len(self._heard) >= MOST_DEVICES and identity not in self._heard:
            return _Heard()
        return self._heard.setdefault(identity, _Heard())

    async def note(self, connection: psycopg.AsyncConnection[Any], now: Microseconds) -> bool:
        """Note in the database what was heard, if it is time; return whether rules may decide about something new."""
        if not self._is_urgent and now < self._noted_at + HEARD_EVERY:
            return False
        self._noted_at, self._is_urgent = now, False
        heard, self._heard = self._heard, {}
        live, self._live = self._live, {}
        provisional, self._provisional = self._provisional, []
        for identity, at in live.items():
            if len(heard) < MOST_DEVICES or identity in heard:
                heard.setdefault(identity, _Heard()).last_heard = at
        try:
            rows = sorted(heard.items())
            for start in range(0, len(rows), NOTED_AT_ONCE):
                await connection.execute(query("note_discovered"), self._params(rows[start : start + NOTED_AT_ONCE]))
                if not self._known.issuperset(heard):
                    await connection.execute(query("forget_strangers"), {"most": MOST_STRANGERS})
            for identity, alias in provisional:
                await connection.execute(
                    query("adopt_provisional"), {"identity": identity, "provisional": alias}
                )  # fmt: skip
        except psycopg.Error:
            self._heard, self._live, self._provisional = heard | self._heard, live | self._live, provisional
            self._is_urgent = True
            raise
        self._protocols.clear()
        is_new = bool(provisional) or not self._known.issuperset(heard)
        self._known.update(heard)
        if len(self._known) > 2 * MOST_DEVICES:
            self._known.clear()
        return is_new

    def _params(self, rows: Iterable[tuple[str, _Heard]]) -> dict[str, Any]:
        columns: dict[str, list[Any]] = {
            "identities": [], "protocols": [], "labels": [], "manufacturers": [], "models": [], "areas": [],
            "removed": [], "last_heard": [], "availability": [], "availability_at": [],
        }  # fmt: skip
        for identity, heard in rows:
            said = heard.description or Description(identity, "")
            protocol = said.protocol or self._protocols.get(identity, UNKNOWN)
            texts = [_text(each) for each in (said.label, said.manufacturer, said.model, said.area)]
            times = _moment(heard.last_heard), heard.availability, _moment(heard.availability_at)
            row = (identity, protocol, *texts, said.is_removed, *times)
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
        return {**columns, "most": MOST_DEVICES}

    async def load(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Load the decisions."""
        rows = await (await connection.execute(query("decided_devices"))).fetchall()
        self._decisions = {identity: device or IGNORED for identity, device in rows}
        self.loaded = True
        with contextlib.suppress(OSError):  # A full disk must not stop the hub from knowing its devices.
            make_folder(self._snapshot.parent)
            write_private(self._snapshot, msgspec.json.encode(self._decisions))


def whole_of(identity: str) -> str:
    """Return the identity of the device that a part belongs to; of a whole device, its own."""
    return identity.partition(PART)[0]


def is_identity(text: str) -> bool:
    """Return whether a text can be kept as an identity: a payload may name anything."""
    return 0 < len(text) <= LONGEST_IDENTITY and text.isprintable()


def _moment(at: Microseconds | None) -> object:
    return None if at is None else to_datetime(at)


def _text(said: str | None) -> str | None:
    """Return what a device says as one printable line, or None: it comes from the network, and goes to a page."""
    text = "".join(each if each.isprintable() else " " for each in said or "")[:LONGEST_IDENTITY].strip()
    return text or None
