"""OwnTracks: one JSON message a body (HTTP) or a topic (MQTT).

Facts: owntracks/booklet, docs/tech/json.md and docs/tech/http.md. ``vel`` is km/h, ``p`` kPa,
``tst`` the time of the fix in seconds; ``created_at`` is when the message was built. A ping
(``t`` is ``p``) repeats the last fix, however old it is (owntracks/android#1928). A ``waypoint`` is a
region and never a fix.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from iot_hub import sentinels
from iot_hub.event import Event, ParseResult
from iot_hub.properties.groups import Climate, EventDetails, Groups, Motion, Network, Vehicle
from iot_hub.sources.batch_time import date_by_batch
from iot_hub.sources.bounds import Payload
from iot_hub.sources.canonical import (
    KMH_MS,
    Battery,
    Location,
    Timestamp,
    build_event,
    convert_unit,
    make_location,
    not_negative,
    number,
    parse_time,
    text,
)
from iot_hub.sources.event_time import read_clock, separate_fix
from iot_hub.sources.form import truth
from iot_hub.sources.lenient import decode_item
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, events_of, parts_of

Message = Mapping[str, Any]

_BATTERY_STATES: Mapping[float | None, str] = {0: "unknown", 1: "unplugged", 2: "charging", 3: "full"}
# Friends' names and faces, orders, and the app's settings with its password in them.
_NOT_KEPT = frozenset({"card", "cmd", "request", "configuration", "dump"})


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read a message, or a JSON array of them. An empty body clears a retained message, and says nothing."""
    items = [
        item
        for index, message in enumerate(parts_of(body, context))
        for item in events_of(message, index, lambda payload: _events(payload, context))
    ]
    return date_by_batch(items, context)


def _events(payload: Payload, context: ParseContext) -> list[Event]:
    message, payload = decode_item(payload)
    kind = text(message.get("_type"))
    if kind == "encrypted":
        message_text = _decrypt(message.get("data"), context.key)
        return _events(message_text, msgspec.structs.replace(context, key=None))
    if kind in _NOT_KEPT:
        return []
    moment, groups = _READERS.get(kind, _unknown)(message, context)
    return [build_event("owntracks", payload, moment, device=_device(message, context), **groups)]


def _decrypt(data: object, key: str | None) -> bytes:
    """Decrypt libsodium's secretbox: nonce (24 bytes), MAC (16), ciphertext; the key padded with zeros to 32 bytes."""
    if key is None:
        raise NotStorableError("key_missing")
    if not isinstance(data, str):
        raise NotStorableError("wrong_type")
    try:
        return SecretBox(key.encode()[:32].ljust(32, b"\0")).decrypt(b64decode(data, validate=True))
    except (CryptoError, binascii.Error, ValueError) as error:
        raise NotStorableError("key_wrong") from error


def _device(message: Message, context: ParseContext) -> str | None:
    """Return the device as user/device, from the topic ``owntracks/user/device[/…]``; the message's own comes first."""
    return device_of(text(message.get("topic")) or context.topic or "")


def device_of(topic: str) -> str | None:
    """Return the device of a topic, ``owntracks/user/device[/…]``, as user/device."""
    levels = topic.strip("/").split("/")
    return "/".join(levels[1:3]) if len(levels) >= 3 else None


TimedGroups = tuple[Timestamp, Groups]


def _time(message: Message, context: ParseContext) -> Timestamp:
    return parse_time(message.get("tst"), context, message=message.get("created_at"))


def _location(message: Message, context: ParseContext) -> TimedGroups:
    state = _BATTERY_STATES.get(number(message.get("bs")))
    moment, location = _time(message, context), _position(message)
    if message.get("t") == "p":
        moment, fix_timestamp = separate_fix(moment, read_clock(message.get("created_at")), context)
        if location:
            location.fix_timestamp = fix_timestamp
    return moment, {
        "location": location,
        "battery": Battery(
            remaining_percent=sentinels.battery(message.get("batt"), state),
            state=state,
            voltage_V=sentinels.voltage(message.get("ubatt")),
        ),
        "climate": Climate(pressure_hPa=convert_unit(sentinels.pressure(message.get("p")), 10)),
        "network": Network(
            connection=text(message.get("conn")),
            ssid=text(message.get("SSID") or message.get("ssid")),
            bssid=text(message.get("BSSID") or message.get("bssid")),
        ),
        "motion": Motion(activity=_activities(message.get("motionactivities"))),
        "vehicle": Vehicle(
            odometer_km=not_negative(message.get("odometer")),
            engine_rpm=sentinels.engine_speed(message.get("rpm")),
            voltage_V=sentinels.voltage(message.get("uext")),
            ignition=truth(message.get("ign")),
            fuel_percent=sentinels.fuel(message.get("flvl")),
        ),
    }


def _activities(value: object) -> str | list[str] | None:
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)] or None
    return text(value)


def _position(message: Message) -> Location | None:
    return make_location(
        message.get("lat"),
        message.get("lon"),
        altitude_m=sentinels.altitude(message.get("alt"), message.get("vac")),
        bearing=sentinels.bearing(message.get("cog")),
        fix_speed_ms=convert_unit(sentinels.speed(message.get("vel")), KMH_MS),
        fix_accuracy_m=sentinels.accuracy(message.get("acc")),
        fix_vertical_accuracy_m=sentinels.accuracy(message.get("vac")),
    )


def _transition(message: Message, context: ParseContext) -> TimedGroups:
    created = parse_time(message.get("wtst"), context)
    return _time(message, context), {
        "location": _position(message),
        "event": EventDetails(
            type=text(message.get("event")),
            region=text(message.get("desc")),
            waypoint_created_timestamp=created.time // 1_000_000 if created.source == "measured" else None,
        ),
    }


def _steps(message: Message, context: ParseContext) -> TimedGroups:
    return _time(message, context), {
        "motion": Motion(
            steps=not_negative(message.get("steps")),
            distance_m=not_negative(message.get("distance")),
            floors_up=not_negative(message.get("floorsup")),
            floors_down=not_negative(message.get("floorsdown")),
        )
    }


def _beacon(message: Message, context: ParseContext) -> TimedGroups:
    # Its acc is how far away the beacon is, and no accuracy of a position; a signal of 0 was not measured.
    return _time(message, context), {
        "network": Network(bluetooth_id=text(message.get("uuid")), signal_dBm=sentinels.signal(message.get("rssi"))),
    }


def _last_will(_: Message, context: ParseContext) -> TimedGroups:
    # Its tst is when the app had connected; that it is gone is known only now.
    return Timestamp(context.received_at, "received"), {"network": Network(availability="offline")}


def _unknown(message: Message, context: ParseContext) -> TimedGroups:
    return _time(message, context), {}


_READERS: Mapping[Any, Callable[[Message, ParseContext], TimedGroups]] = {
    "location": _location,
    "transition": _transition,
    "steps": _steps,
    "beacon": _beacon,
    "lwt": _last_will,
}
