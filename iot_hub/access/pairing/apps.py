"""The table of apps: the settings that each needs, labelled as on its own screen.

The token goes into a header, or the password of Basic authentication, wherever the app can send one;
into the address only where it can't. Facts: the sources named in ``iot_hub/sources`` and ``links.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from iot_hub.access.pairing import links
from iot_hub.access.pairing.pairing import Pairing, Setting
from iot_hub.errors import UserError


@dataclass(frozen=True)
class App:
    """An app: its settings by label, and the link that configures it, where there is one."""

    name: str
    runs_on: str
    fields: Callable[[Pairing], Mapping[str, str]]
    source: str | None
    """The source of its events (``SOURCES``); None if there is not exactly one."""
    link: Callable[[Pairing], str] | None = None

    @property
    def title(self) -> str:
        """The app and what it runs on."""
        return f"{self.name} ({self.runs_on})"

    def settings(self, pairing: Pairing) -> list[Setting]:
        """Return the app's settings, in the order of its screen."""
        fields = self.fields(pairing)
        return [Setting(label, value, pairing.token in value) for label, value in fields.items()]


def _owntracks(pairing: Pairing) -> dict[str, str]:
    return {
        "Mode": "HTTP",
        "URL": pairing.url("/owntracks"),
        "Username": pairing.name,
        "Password": pairing.token,
        "Device ID": pairing.name,
    }


def _overland(pairing: Pairing) -> dict[str, str]:
    return {
        "Receiver Endpoint": pairing.url("/overland"),
        "Device ID": pairing.name,
        "Access Token": pairing.token,
    }


def _overland_android(pairing: Pairing) -> dict[str, str]:
    return {"Receiver Endpoint": pairing.url(f"/overland/{pairing.token}"), "Device ID": pairing.name}


def _sensor_logger(pairing: Pairing) -> dict[str, str]:
    return {
        "Enable HTTP Push": "on",
        "Push URL": pairing.url("/sensorlogger"),
        "Auth Header": f"Bearer {pairing.token}",
    }


_GPSLOGGER_FIELDS = (
    "lat=%LAT&lon=%LON&time=%TIME&acc=%ACC&alt=%ALT&spd=%SPD&dir=%DIR&sat=%SAT&hdop=%HDOP&prov=%PROV"
    "&batt=%BATT&ischarging=%ISCHARGING&dist=%DIST&desc=%DESC"
)


def _gpslogger(pairing: Pairing) -> dict[str, str]:
    return {
        "URL": pairing.url(f"/gpslogger?{_GPSLOGGER_FIELDS}"),
        "HTTP Method": "GET",
        "Basic Authentication: Username": pairing.name,
        "Basic Authentication: Password": pairing.token,
    }


def _traccar(pairing: Pairing) -> dict[str, str]:
    return {"Server URL": pairing.url(f"/osmand/{pairing.token}")}


def _torque(pairing: Pairing) -> dict[str, str]:
    return {"Web-server URL": pairing.url(f"/torque/{pairing.token}")}


_OSMAND_FIELDS = "lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}&batt={11}"


def _osmand(pairing: Pairing) -> dict[str, str]:
    return {"Online tracking web address": pairing.url(f"/osmand/{pairing.token}?{_OSMAND_FIELDS}")}


_REST_COMMAND = """\
rest_command:
  iot_hub:
    url: %s
    method: post
    headers:
      Authorization: Bearer %s
    content_type: application/json
    payload: >-
      {{ {"entity_id": entity, "state": states(entity), "unit": state_attr(entity, "unit_of_measurement"),
          "last_changed": states[entity].last_changed.isoformat()} | to_json }}"""

_AUTOMATION = """\
- alias: Report to the hub
  triggers:
    - trigger: state
      entity_id: sensor.living_room_temperature
  actions:
    - action: rest_command.iot_hub
      data:
        entity: "{{ trigger.entity_id }}\""""


def _home_assistant(pairing: Pairing) -> dict[str, str]:
    return {
        "configuration.yaml": _REST_COMMAND % (pairing.url("/homeassistant"), pairing.token),
        "automations.yaml": _AUTOMATION,
    }


_AUTOMATE_READING = (
    'jsonEncode({"device_timestamp": Now, "properties": {"battery": {"remaining_percent": percent}, "location":'
    ' {"latitude": latitude, "longitude": longitude, "fix_timestamp": fix_timestamp, "fix_accuracy_m": accuracy}}})'
)


def _automate(pairing: Pairing) -> dict[str, str]:
    """Return expressions, for fields with "fx" on; ``docs/automate.md`` has the flow around them."""
    return {
        "Request URL": f'"{pairing.url("/v1/events")}"',
        "Request method": "POST",
        "Request content type": '"application/json"',
        "Request content body": _AUTOMATE_READING,
        "Request headers": f'{{"X-API-Key": "{pairing.token}"}}',
    }


def _agent(pairing: Pairing) -> dict[str, str]:
    return {
        "Install it": "pip install 'iot-personal-hub[agent]'",
        "Set it up": f"iot-hub agent init --address {pairing.address} --token {pairing.token}",
    }


_CURL = """\
curl %s -H "Authorization: Bearer %s" -d '{
  "device_timestamp": '$(date +%%s)',
  "properties": {"battery": {"remaining_percent": 51}}}'"""


def _any_program(pairing: Pairing) -> dict[str, str]:
    url = pairing.url("/v1/events")
    return {
        "POST to": url,
        "Header": f"Authorization: Bearer {pairing.token}",
        "Try it": _CURL % (url, pairing.token),
    }


APPS: Mapping[str, App] = {
    "owntracks": App("OwnTracks", "Android, iOS", _owntracks, "owntracks", links.owntracks),
    "overland": App("Overland", "iOS", _overland, "overland", links.overland),
    "overland-android": App("Overland", "Android", _overland_android, "overland"),
    "sensorlogger": App("Sensor Logger", "Android, iOS", _sensor_logger, "sensorlogger"),
    "gpslogger": App("GPSLogger", "Android", _gpslogger, "gpslogger"),
    "traccar": App("Traccar Client", "Android, iOS", _traccar, "osmand", links.traccar),
    "osmand": App("OsmAnd", "Android", _osmand, "osmand"),
    "torque": App("Torque Pro", "Android, in a car", _torque, "torque"),
    "homeassistant": App("Home Assistant", "rest_command", _home_assistant, "homeassistant"),
    "automate": App("Automate", "Android", _automate, "hub"),
    "agent": App("iot-hub agent", "Linux, Termux", _agent, None),
    "curl": App("Any program", "curl", _any_program, "hub"),
}


def app_of(key: str) -> App:
    """Return the app with that key. Raises UserError if there is none."""
    if key not in APPS:
        raise UserError(f"Unknown app {key!r}. Apps: {', '.join(APPS)}.")
    return APPS[key]
