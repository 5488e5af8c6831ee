"""What the value of an entity means, by what its configuration says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.sources.canonical import make_location
from iot_hub.sources.fields import Field, Groups, field, word
from iot_hub.sources.mqtt.classes import number_field, truth_field
from iot_hub.sources.mqtt.discovery_config import Slot
from iot_hub.sources.mqtt.template import TemplateError, compile_template
from iot_hub.values import is_given, number, text


def read_slot(slot: Slot, value: str, value_json: Any) -> Groups | None:  # noqa: ANN401
    """Return what a slot's value means; None for one that is unknown. Raises NotStorableError."""
    try:
        found = compile_template(slot.template)(value, value_json) if slot.template else value
    except (TemplateError, RecursionError):
        return None
    groups: Groups = {}
    if slot.kind == "attributes":
        attributes = found if isinstance(found, dict) else value_json
        if isinstance(attributes, dict) and (place := location_of(attributes)):
            groups["location"] = place
        return groups
    if not is_given(found):
        return None
    if slot.kind == "binary":
        state = _two_states(found, slot.words)
        if state is not None:
            truth_field(slot.path, slot.device_class).put(state, groups)
    elif slot.kind == "number":
        if slot.path and (chosen := number_field(slot.path, slot.unit)):
            chosen.put(found, groups)
    elif slot.kind == "event":
        if event := _event_name(found, value_json, slot.words):
            groups["event"] = {"type": "action", "name": event}
    else:
        _put_word(slot, found, groups)
    return groups


def location_of(attributes: Mapping[str, Any]) -> dict[str, object] | None:
    """Return the position among a tracker's attributes. Raises NotStorableError for one that can't be read."""
    found = make_location(
        attributes.get("latitude"),
        attributes.get("longitude"),
        altitude_m=sentinels.altitude(attributes.get("altitude"), attributes.get("vertical_accuracy")),
        fix_accuracy_m=sentinels.accuracy(attributes.get("gps_accuracy")),
        bearing=sentinels.bearing(attributes.get("course")),
    )
    return {key: each for key, each in msgspec.structs.asdict(found).items() if each is not None} if found else None


def _event_name(value: object, value_json: object, words: Mapping[str, str]) -> str | None:
    """Return what has happened: an event entity's type, or what a trigger's payload stands for."""
    if "payload" in words:
        return words["name"] if str(value) == words["payload"] else None
    whole = value if isinstance(value, dict) else value_json
    return text(whole.get("event_type")) if isinstance(whole, dict) else text(value)


def _two_states(value: object, words: Mapping[str, str]) -> bool | None:
    if isinstance(value, dict):
        value = value.get("state")
    if isinstance(value, bool):
        value = "ON" if value else "OFF"
    state = str(value).strip()
    return True if state == words.get("on", "ON") else False if state == words.get("off", "OFF") else None


def _put_word(slot: Slot, value: object, groups: Groups) -> None:
    state = word(str(value).strip())
    if state is None:
        return
    if slot.kind == "lock":
        locked = {slot.words["locked"]: True, slot.words["unlocked"]: False}.get(state)
        if locked is not None:
            groups["state"] = {"locked": locked}
    elif slot.kind == "cover":
        is_open = {slot.words["open"]: True, slot.words["closed"]: False}.get(state)
        if is_open is not None:
            groups["contact"] = {"open": is_open}
    elif slot.kind == "tracker":
        groups["state"] = {
            "presence": {slot.words["home"]: "home", slot.words["not_home"]: "not_home"}.get(state, state)
        }
    elif slot.kind == "brightness":
        found, most = number(state), number(slot.words["most"])
        if found is not None and most and 0 <= found <= most:
            groups["light"] = {"brightness_percent": round(100 * found / most, 1)}
    elif slot.path:
        read: Field | None = field(slot.path, slot.unit)
        if read:
            read.put(state, groups)
