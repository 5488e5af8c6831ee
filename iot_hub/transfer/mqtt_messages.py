"""Decoding recorded MQTT messages, one JSON object a line: topic, payload, retain, qos.

They are read twice, in their order: first for the devices' descriptions, then for their readings. So it does
not matter which of the two was recorded first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.sources.mqtt import HomeReader, HomeSettings, Message
from iot_hub.sources.mqtt.meaning import PART, State, label_of
from iot_hub.timestamps import Microseconds


class RecordedMessage(msgspec.Struct):
    """A message as fixtures record it. ``retain`` is what its sender asked for: it was sent all the same."""

    topic: str
    payload: str = ""
    retain: bool = False
    qos: int = 0


class RecordedAdvertisement(msgspec.Struct):
    """A Bluetooth advertisement of a BTHome sensor, its service data in hexadecimal."""

    mac: str
    service_data: str


class DecodedMessages(msgspec.Struct):
    """What messages mean: by device its events, and whether it can be reached; labels by device."""

    items: list[tuple[str, Event | State]]
    rejected: list[Rejected]
    labels: dict[str, str]

    def label(self, device: str) -> str | None:
        """Return what people call a device, or a part of one."""
        owner, _, part = device.partition(PART)
        label = self.labels.get(owner) or label_of(owner)
        return f"{label} {part}" if label and part else label


def decode_messages(content: bytes, received_at: Microseconds, settings: HomeSettings) -> DecodedMessages:
    """Read a file of messages. Raises UserError for a line that is none."""
    messages = list(recorded_messages(content, received_at))
    learning = HomeReader(settings)
    labels: dict[str, str] = {}
    for message in messages:
        labels |= _labels(learning, message)
    reader = HomeReader(settings)
    reader.restore(learning.dump())
    items: list[tuple[str, Event | State]] = []
    rejected: list[Rejected] = []
    for index, message in enumerate(messages):
        meaning = reader.read(message)
        labels |= {each.device: each.label for each in meaning.descriptions if each.label}
        items += [(each.device, each.state) for each in meaning.availability]
        for reading in meaning.readings:
            if isinstance(reading.result, Event):
                items.append((reading.device, reading.result))
            else:
                rejected.append(msgspec.structs.replace(reading.result, index=index))
    return DecodedMessages(items, rejected, labels)


def _labels(reader: HomeReader, message: Message) -> dict[str, str]:
    return {each.device: each.label for each in reader.read(message).descriptions if each.label}


def recorded_messages(content: bytes, received_at: Microseconds) -> Iterator[Message]:
    """Yield the messages of a file. Raises UserError."""
    for index, line in enumerate(_lines(content), 1):
        try:
            recorded = msgspec.json.decode(line, type=RecordedMessage)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            recorded = _of_advertisement(line, index, error)
        yield Message(recorded.topic, recorded.payload.encode("utf-8", "surrogatepass"), received_at)


def _of_advertisement(line: bytes, index: int, error: Exception) -> RecordedMessage:
    """Return an advertisement as a gateway would pass it on."""
    try:
        heard = msgspec.json.decode(line, type=RecordedAdvertisement)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise UserError(f"Line {index} is no MQTT message: {error}.") from error
    payload = {"id": heard.mac, "servicedatauuid": "0xfcd2", "servicedata": heard.service_data}
    topic = f"home/recorded/BTtoMQTT/{heard.mac.replace(':', '')}"
    return RecordedMessage(topic, msgspec.json.encode(payload).decode())


def _lines(content: bytes) -> Iterable[bytes]:
    return (line for line in content.split(b"\n") if line.strip())
