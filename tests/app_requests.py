"""The requests that apps make of what was entered in them, each as its own sources or documentation have it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote_plus

import httpx
import jinja2
import yaml

Shown = dict[str, str]
"""An app's fields, by their labels."""

Sender = Callable[[httpx.Client, Shown], httpx.Response]
NOW = round(datetime.now(UTC).timestamp())
AN_ISO_NOW = datetime.fromtimestamp(NOW, UTC).isoformat().replace("+00:00", "Z")


def by_owntracks(client: httpx.Client, told: Shown) -> httpx.Response:
    position = {"_type": "location", "lat": 52.23, "lon": 21.01, "tst": NOW, "batt": 51}
    return client.post(told["URL"], auth=(told["Username"], told["Password"]), json=position)


def by_overland(client: httpx.Client, told: Shown) -> httpx.Response:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [21.01, 52.23]},
        "properties": {"timestamp": AN_ISO_NOW, "device_id": told["Device ID"]},
    }
    token = told.get("Access Token")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(told["Receiver Endpoint"], headers=headers, json={"locations": [feature]})


def by_sensor_logger(client: httpx.Client, told: Shown) -> httpx.Response:
    reading = {"name": "location", "time": NOW * 10**9, "values": {"latitude": 52.23, "longitude": 21.01}}
    body = {"messageId": 0, "sessionId": "s", "deviceId": "d", "payload": [reading]}
    return client.post(told["Push URL"], headers={"Authorization": told["Auth Header"]}, json=body)


def by_gpslogger(client: httpx.Client, told: Shown) -> httpx.Response:
    values = {"LAT": "52.23", "LON": "21.01", "TIME": AN_ISO_NOW, "BATT": "51.0", "ISCHARGING": "false", "PROV": "gps"}
    url = re.sub("%([A-Z]+)", lambda marker: quote_plus(values.get(marker[1], "0.0")), told["URL"])
    credentials = (told["Basic Authentication: Username"], told["Basic Authentication: Password"])
    return client.request(told["HTTP Method"], url, auth=credentials)


def by_traccar(client: httpx.Client, told: Shown) -> httpx.Response:
    return client.post(told["Server URL"], data={"id": "12345678", "lat": 52.23, "lon": 21.01, "timestamp": NOW})


def by_osmand(client: httpx.Client, told: Shown) -> httpx.Response:
    values = {"0": "52.23", "1": "21.01", "2": str(NOW * 1000), "11": "51"}
    url = re.sub(r"\{(\d+)\}", lambda marker: values.get(marker[1], "0.0"), told["Online tracking web address"])
    return client.get(url)


def by_torque(client: httpx.Client, told: Shown) -> httpx.Response:
    sent = {"eml": "", "v": "8", "session": NOW * 1000, "id": "0" * 32, "time": NOW * 1000}
    values = {"kff1005": 21.01, "kff1006": 52.23, "kd": 61.0}
    return client.get(told["Web-server URL"], params={**sent, **values})


class State:
    """A state as Home Assistant's templates know it."""

    last_changed = datetime.fromtimestamp(NOW, UTC)


class States(dict[str, State]):
    def __call__(self, entity: str) -> str:
        return "21.5"


def by_home_assistant(client: httpx.Client, told: Shown) -> httpx.Response:
    command = yaml.safe_load(told["configuration.yaml"])["rest_command"]["iot_hub"]
    [automation] = yaml.safe_load(told["automations.yaml"])
    [action], [trigger] = automation["actions"], automation["triggers"]
    assert action["action"] == "rest_command.iot_hub"
    environment = jinja2.Environment(autoescape=False)
    environment.filters["to_json"] = json.dumps
    entity = environment.from_string(action["data"]["entity"]).render(trigger=trigger)
    body = environment.from_string(command["payload"]).render(
        entity=entity, states=States({entity: State()}), state_attr=lambda *_: "°C"
    )
    headers = {**command["headers"], "Content-Type": command["content_type"]}
    return client.request(command["method"], command["url"], headers=headers, content=body)


def by_automate(client: httpx.Client, told: Shown) -> httpx.Response:
    values = {
        "Now": NOW + 0.25,
        "percent": 51,
        "latitude": 52.23,
        "longitude": 21.01,
        "fix_timestamp": NOW,
        "accuracy": 14,
    }
    expression = told["Request content body"].removeprefix("jsonEncode(").removesuffix(")")
    headers = json.loads(told["Request headers"])
    return client.request(
        told["Request method"],
        json.loads(told["Request URL"]),
        headers={**headers, "Content-Type": json.loads(told["Request content type"])},
        content=re.sub(r"(?<=: )(\w+)(?=[,}])", lambda name: str(values[name[1]]), expression),
    )


def by_agent(client: httpx.Client, told: Shown) -> httpx.Response:
    words = shlex.split(told["Set it up"])
    address, token = words[words.index("--address") + 1], words[words.index("--token") + 1]
    return client.post(f"{address}/v1/events", headers={"Authorization": f"Bearer {token}"}, json=AN_EVENT)


AN_EVENT = {"device_timestamp": NOW, "properties": {"battery": {"remaining_percent": 51}}}


def by_any_program(client: httpx.Client, told: Shown) -> httpx.Response:
    name, _, value = told["Header"].partition(": ")
    return client.post(told["POST to"], headers={name: value}, json=AN_EVENT)


SENDERS: dict[str, Sender] = {
    "owntracks": by_owntracks,
    "overland": by_overland,
    "overland-android": by_overland,
    "sensorlogger": by_sensor_logger,
    "gpslogger": by_gpslogger,
    "traccar": by_traccar,
    "osmand": by_osmand,
    "torque": by_torque,
    "homeassistant": by_home_assistant,
    "automate": by_automate,
    "agent": by_agent,
    "curl": by_any_program,
}
