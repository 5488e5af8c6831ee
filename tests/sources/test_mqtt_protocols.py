"""What the protocols of a home send beside the ordinary: names, parts, descriptions, what is retained."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from mqtt_world import groups, groups_of, message, read
from paths import FIXTURES

from iot_hub.event import Event, Rejected
from iot_hub.sources.mqtt import Availability, HomeReader, HomeSettings

pytestmark = pytest.mark.pure

ADDRESS = "0x00158d0000000001"
MAC = "02:00:00:00:00:01"


def bridge(name: str, *exposes: dict[str, Any], power_source: str = "Mains (single phase)") -> list[dict[str, Any]]:
    definition = {"model": "X1", "vendor": "Maker", "exposes": [{"type": "numeric", **each} for each in exposes]}
    device = {"ieee_address": ADDRESS, "friendly_name": name, "type": "Router", "power_source": power_source}
    coordinator = {"ieee_address": "0x1", "friendly_name": "Coordinator", "type": "Coordinator", "definition": None}
    return [{**device, "definition": definition}, coordinator]


def discovered(reader: HomeReader, component: str, key: str, **config: Any) -> None:
    read(reader, f"homeassistant/{component}/{key}/config", {"unique_id": key, **config}, retained=True)


# Zigbee2MQTT


def test_a_device_that_is_renamed_keeps_its_identity() -> None:
    reader = HomeReader()
    read(reader, "zigbee2mqtt/bridge/devices", bridge("cellar"), retained=True)
    before = groups(reader, "zigbee2mqtt/cellar", {"temperature": 8})
    renamed = read(reader, "zigbee2mqtt/bridge/devices", bridge("wine/red"), retained=True)
    assert (
        groups(reader, "zigbee2mqtt/wine/red", {"temperature": 8})
        == before
        == {ADDRESS: {"climate": {"temperature_C": 8}}}
    )
    assert [(each.device, each.label, each.is_removed) for each in renamed.descriptions] == [
        (ADDRESS, "wine/red", False)
    ]


def test_a_reading_before_its_description_is_provisional_and_the_description_says_whose_it_was() -> None:
    reader = HomeReader()
    [reading] = read(reader, "zigbee2mqtt/cellar", {"humidity": 70}).readings
    [described] = read(reader, "zigbee2mqtt/bridge/devices", bridge("cellar"), retained=True).descriptions
    assert (reading.device, reading.is_provisional) == ("zigbee2mqtt/cellar", True)
    assert (described.device, described.aliases) == (ADDRESS, ("zigbee2mqtt/cellar",))


def test_the_unit_that_a_zigbee_device_has_said_comes_before_the_usual_one() -> None:
    reader = HomeReader()
    exposes = {"property": "energy", "unit": "Wh"}, {"property": "temperature", "unit": "°F"}
    read(reader, "zigbee2mqtt/bridge/devices", bridge("meter", *exposes), retained=True)
    assert groups(reader, "zigbee2mqtt/meter", {"energy": 1500, "temperature": 50})[ADDRESS] == {
        "energy": {"energy_Wh": 1500},
        "climate": {"temperature_C": 10},
    }


def test_the_channels_of_a_zigbee_switch_are_parts_of_it() -> None:
    found = groups(
        HomeReader(), "zigbee2mqtt/wall", {"state_l1": "ON", "state_l2": "OFF", "power_l2": 4, "linkquality": 9}
    )
    assert found == {
        "zigbee2mqtt/wall": {"network": {"link_quality": 9}},
        "zigbee2mqtt/wall#l1": {"state": {"on": True}},
        "zigbee2mqtt/wall#l2": {"state": {"on": False}, "energy": {"power_W": 4}},
    }


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ({"contact": False}, {"contact": {"open": True}}),
        ({"position": 40, "state": "OPEN"}, {"state": {"position_percent": 40}, "contact": {"open": True}}),
        ({"state": "UNLOCK"}, {"state": {"locked": False}}),
        ({"local_temperature": 20.5, "occupied_heating_setpoint": 21, "system_mode": "heat", "pi_heating_demand": 30},
         {"climate": {"temperature_C": 20.5, "target_temperature_C": 21, "valve_percent": 30}, "state": {"mode": "heat"}}),
        ({"brightness": 127, "color_temp": 250}, {"light": {"brightness_percent": 50.0, "colour_temperature_K": 4000}}),
        ({"water_leak": True, "battery_low": False}, {"water": {"leak": True}, "battery": {"low": False}}),
        ({"produced_energy": 2.5, "energy": 3}, {"energy": {"exported_Wh": 2500, "energy_Wh": 3000}}),
        ({"temperature": None, "humidity": "", "co2": 65535, "battery": 255}, {}),
        ({"action": ""}, {}),
    ],
)  # fmt: skip
def test_a_zigbee_state_means(state: dict[str, Any], meaning: dict[str, Any]) -> None:
    assert groups(HomeReader(), "zigbee2mqtt/device", state) == {"zigbee2mqtt/device": meaning}


def test_a_value_a_topic_is_read_where_the_bridge_sends_no_object() -> None:
    reader = HomeReader()
    read(reader, "zigbee2mqtt/bridge/devices", bridge("hall"), retained=True)
    assert groups(reader, "zigbee2mqtt/hall/temperature", "19.5") == {ADDRESS: {"climate": {"temperature_C": 19.5}}}
    read(reader, "zigbee2mqtt/hall", {"temperature": 19.5})
    assert groups(reader, "zigbee2mqtt/hall/temperature", "19.5") == {}


def test_a_bridge_that_is_away_makes_its_devices_unknown_and_not_offline() -> None:
    reader = HomeReader()
    read(reader, "home/zigbee/bridge/devices", bridge("hall"), retained=True)
    assert read(reader, "home/zigbee/bridge/state", {"state": "offline"}).availability == (
        Availability(ADDRESS, "unknown"),
    )
    assert read(reader, "home/zigbee/hall/availability", "offline").availability == (Availability(ADDRESS, "offline"),)


def test_a_group_of_lamps_is_no_device() -> None:
    reader = HomeReader()
    read(reader, "zigbee2mqtt/bridge/groups", [{"id": 1, "friendly_name": "all lamps"}], retained=True)
    assert groups(reader, "zigbee2mqtt/all lamps", {"state": "ON"}) == {}


def test_the_devices_of_a_large_home_are_all_known() -> None:
    exposes = [
        {"type": "numeric", "property": f"p{n}", "unit": "V", "description": "x", "access": 1} for n in range(80)
    ]
    devices = [
        {"ieee_address": f"0x{n:016x}", "friendly_name": f"d{n}", "type": "Router", "definition": {"exposes": exposes}}
        for n in range(300)
    ]
    reader = HomeReader()
    assert len(read(reader, "zigbee2mqtt/bridge/devices", devices, retained=True).descriptions) == 300
    assert groups(reader, "zigbee2mqtt/d299", {"humidity": 5}) == {
        "0x000000000000012b": {"climate": {"humidity_percent": 5}}
    }


def test_an_address_in_the_state_is_the_identity() -> None:
    reader = HomeReader()
    state = {"temperature": 5, "device": {"ieeeAddr": ADDRESS, "friendlyName": "shed"}}
    assert groups(reader, "zigbee2mqtt/shed", state) == {ADDRESS: {"climate": {"temperature_C": 5}}}
    assert groups(reader, "zigbee2mqtt/shed", {"temperature": 6}) == {ADDRESS: {"climate": {"temperature_C": 6}}}


# What the broker repeats


def test_what_the_broker_repeats_is_no_reading_unless_it_has_a_time_of_its_own() -> None:
    reader = HomeReader()
    state = {"temperature": 21}
    dated = {**state, "last_seen": "2025-09-30T08:00:00+02:00"}
    assert read(reader, "zigbee2mqtt/hall", state, retained=True).readings == ()
    [reading] = read(reader, "zigbee2mqtt/hall", dated, retained=True).readings
    assert isinstance(reading.result, Event)
    assert reading.result.device_time == 1_759_212_000_000_000
    assert read(reader, "kitchen/switch/fan/state", "ON", retained=True).readings == ()
    assert len(read(reader, "kitchen/switch/fan/state", "ON").readings) == 1


# Tasmota


def test_a_tasmota_device_is_known_by_the_mac_of_its_discovery_whatever_its_topic() -> None:
    reader = HomeReader()
    config = {"mac": "020000000001", "dn": "Washer", "md": "Plug S", "t": "washer", "ft": "home/%topic%/%prefix%/"}
    described = read(reader, "tasmota/discovery/020000000001/config", config, retained=True)
    assert [(each.device, each.label, each.model) for each in described.descriptions] == [(MAC, "Washer", "Plug S")]
    assert groups(reader, "home/washer/tele/SENSOR", {"ENERGY": {"Total": 1.5, "Power": 3}}) == {
        MAC: {"energy": {"energy_Wh": 1500, "power_W": 3}}
    }
    assert read(reader, "home/washer/tele/LWT", "Offline", retained=True).availability == (
        Availability(MAC, "offline"),
    )


def test_each_phase_of_a_meter_and_each_relay_is_a_part() -> None:
    reader = HomeReader()
    energy = {"ENERGY": {"Total": 10, "Power": [100, 200], "Voltage": 230}}
    assert groups(reader, "tele/meter/SENSOR", energy) == {
        "tasmota/meter": {"energy": {"energy_Wh": 10_000, "voltage_V": 230}},
        "tasmota/meter#ENERGY-1": {"energy": {"power_W": 100}},
        "tasmota/meter#ENERGY-2": {"energy": {"power_W": 200}},
    }
    assert groups(reader, "stat/strip/POWER2", "ON") == {
        "tasmota/strip": {},
        "tasmota/strip#POWER2": {"state": {"on": True}},
    }


def test_tasmotas_units_stand_at_the_end() -> None:
    sensor = {"BME280": {"Temperature": 68, "Pressure": 29.92}, "TempUnit": "F", "PressureUnit": "inHg"}
    found = groups(HomeReader(), "tele/attic/SENSOR", sensor)
    assert found["tasmota/attic#BME280"]["climate"] == {"temperature_C": 20.0, "pressure_hPa": pytest.approx(1013.207)}


def test_a_probe_without_a_reading_has_no_part() -> None:
    sensor = {"DS18B20": {"Id": "0416", "Temperature": 85.0}, "AM2301": {"Temperature": None, "Humidity": None}}
    assert groups(HomeReader(), "tele/boiler/SENSOR", sensor) == {"tasmota/boiler": {}}


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ({"Time": "2025-09-30T12:00:00"}, "2025-09-30T10:00:00"),
        ({"Time": "2025-09-30T12:00:00+01:00"}, "2025-09-30T11:00:00"),
        ({"Time": "2025-09-30T12:00:00", "Epoch": 1759222800}, "2025-09-30T09:00:00"),
        ({"Time": "1970-01-01T00:00:08"}, "2025-10-01T12:00:00"),
        ({}, "2025-10-01T12:00:00"),
    ],
)
def test_tasmotas_time_is_local_unless_it_says_more(time: dict[str, Any], at: str) -> None:
    reader = HomeReader(HomeSettings(time_zone=ZoneInfo("Europe/Warsaw")))
    [reading] = read(reader, "tele/hall/STATE", {**time, "POWER": "ON"}).readings
    assert isinstance(reading.result, Event)
    assert reading.result.device_time == _microseconds(at)


def test_the_hour_that_comes_twice_is_the_one_nearer_to_the_receipt() -> None:
    reader = HomeReader(HomeSettings(time_zone=ZoneInfo("Europe/Warsaw")))
    for received, at in (
        ("2025-10-26T00:30:01", "2025-10-26T00:30:00"),
        ("2025-10-26T01:30:01", "2025-10-26T01:30:00"),
    ):
        sent = message("tele/hall/STATE", {"Time": "2025-10-26T02:30:00", "POWER": "ON"})
        [reading] = reader.read(type(sent)(sent.topic, sent.payload, _microseconds(received))).readings
        assert isinstance(reading.result, Event)
        assert reading.result.device_time == _microseconds(at)


def _microseconds(at: str) -> int:
    from datetime import UTC, datetime

    return round(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1e6)


def test_the_answer_to_a_command_is_no_reading_and_a_broken_message_is_rejected() -> None:
    reader = HomeReader()
    assert read(reader, "stat/hall/RESULT", {"TelePeriod": 60}).readings == ()
    assert read(reader, "cmnd/hall/POWER", "ON").readings == ()
    [reading] = read(reader, "tele/hall/SENSOR", '{"AM2301":{"Temp').readings
    assert isinstance(reading.result, Rejected)
    assert reading.result.reason == "not_json"


# Shelly


def test_a_shelly_of_the_second_generation_is_known_by_the_mac_in_its_source() -> None:
    reader = HomeReader()
    params = {"ts": 1.61, "em:0": {"a_act_power": 10, "b_act_power": -20, "total_act_power": -10},
              "temperature:100": {"tC": 4.5}, "input:1": {"state": True}}  # fmt: skip
    note = {"src": "shellypro3em-020000000001", "method": "NotifyStatus", "params": params}
    meaning = read(reader, "cellar/events/rpc", note)
    assert groups_of(meaning) == {
        MAC: {"energy": {"power_W": -10}},
        f"{MAC}#em:0 a": {"energy": {"power_W": 10}},
        f"{MAC}#em:0 b": {"energy": {"power_W": -20}},
        f"{MAC}#temperature:100": {"climate": {"temperature_C": 4.5}},
        f"{MAC}#input:1": {"state": {"on": True}},
    }
    assert {each.result.time_source for each in meaning.readings if isinstance(each.result, Event)} == {"received"}
    assert groups(reader, "cellar/status/emdata:0", {"total_act": 1500.5, "total_act_ret": 20}) == {
        MAC: {"energy": {"energy_Wh": 1500.5, "exported_Wh": 20}}
    }
    assert read(reader, "cellar/online", "false", retained=True).availability == (Availability(MAC, "offline"),)


@pytest.mark.parametrize(
    ("topic", "payload", "part", "meaning"),
    [
        ("emeter/0/total_returned", "1234.5", "#emeter:0", {"energy": {"exported_Wh": 1234.5}}),
        ("emeter/1/power", "-312.4", "#emeter:1", {"energy": {"power_W": -312.4}}),
        ("relay/1", "off", "#relay:1", {"state": {"on": False}}),
        ("ext_temperature/2", "999", "#ext_temperature:2", {}),
        ("ext_temperature/2", "4.25", "#ext_temperature:2", {"climate": {"temperature_C": 4.25}}),
        ("sensor/state", "open", "", {"contact": {"open": True}}),
        ("sensor/flood", "true", "", {"water": {"leak": True}}),
        ("sensor/lux", "102", "", {"climate": {"illuminance_lx": 102}}),
        ("roller/0/pos", "55", "", {"state": {"position_percent": 55}}),
        ("temperature", "41.5", "", {"machine": {"temperature_C": 41.5}}),
    ],
)
def test_a_value_of_a_shelly_of_the_first_generation(
    topic: str, payload: str, part: str, meaning: dict[str, Any]
) -> None:
    assert groups(HomeReader(), f"shellies/house/shed/{topic}", payload) == {f"shelly/house/shed{part}": meaning}


# Home Assistant's discovery


def test_a_device_that_is_described_whole_is_read_by_its_templates() -> None:
    reader = HomeReader()
    sensors = {
        "t": {"p": "sensor", "dev_cla": "temperature", "unit_of_meas": "°F", "val_tpl": "{{ value_json.t | float | round(1) }}", "uniq_id": "g_t"},
        "out": {"p": "sensor", "dev_cla": "energy", "unit_of_meas": "kWh", "val_tpl": "{{ value_json['e']['export'] }}", "uniq_id": "g_export"},
        "old": {"p": "sensor"},
    }  # fmt: skip
    device = {"ids": ["g1"], "cns": [["mac", "02-00-00-00-00-01"]], "name": "Garden", "sa": "Outside"}
    config = {"dev": device, "o": {"name": "x"}, "stat_t": "garden/state", "cmps": sensors, "avty_t": "garden/lwt"}
    [described] = read(reader, "homeassistant/device/g1/config", config, retained=True).descriptions
    assert (described.device, described.label, described.area) == (MAC, "Garden", "Outside")
    assert groups(reader, "garden/state", {"t": 68.04, "e": {"export": 2}}) == {
        MAC: {"climate": {"temperature_C": 20.0}, "energy": {"exported_Wh": 2000}}
    }
    assert groups(reader, "garden/state", {"t": "unavailable", "e": {}}) == {MAC: {}}
    assert read(reader, "garden/lwt", "offline").availability == (Availability(MAC, "offline"),)


def test_an_empty_configuration_removes_the_device_and_nothing_of_it_is_read() -> None:
    reader = HomeReader()
    discovered(reader, "sensor", "a", state_topic="x/a", device_class="humidity", unit_of_measurement="%")
    assert groups(reader, "x/a", "50") == {"discovery/a": {"climate": {"humidity_percent": 50}}}
    [gone] = read(reader, "homeassistant/sensor/a/config", "", retained=True).descriptions
    assert (gone.device, gone.is_removed) == ("discovery/a", True)
    assert read(reader, "x/a", "50").is_undescribed


def test_two_entities_that_measure_the_same_are_parts_whichever_was_described_first() -> None:
    def home(order: list[str]) -> dict[str, Any]:
        reader = HomeReader()
        for each in order:
            discovered(reader, "sensor", each, device_class="temperature", unit_of_measurement="°C",
                       state_topic=f"x/{each}", device={"identifiers": "box"})  # fmt: skip
        return groups(reader, "x/in", "20") | groups(reader, "x/out", "5")

    assert home(["in", "out"]) == home(["out", "in"]) == {
        "discovery/box#in": {"climate": {"temperature_C": 20}},
        "discovery/box#out": {"climate": {"temperature_C": 5}},
    }  # fmt: skip


def test_the_energy_of_today_is_no_second_counter() -> None:
    reader = HomeReader()
    for name in ("energy_total", "energy_today"):
        discovered(reader, "sensor", name, device_class="energy", unit_of_measurement="kWh", device={"ids": "plug"},
                   state_topic="plug", value_template="{{ value_json.NAME }}".replace("NAME", name))  # fmt: skip
    assert groups(reader, "plug", {"energy_total": 120.5, "energy_today": 1.5}) == {
        "discovery/plug": {"energy": {"energy_Wh": 120_500}}
    }


@pytest.mark.parametrize(
    ("component", "config", "payload", "meaning"),
    [
        ("binary_sensor", {"device_class": "lock"}, "ON", {"state": {"locked": False}}),
        ("binary_sensor", {"payload_on": True, "payload_off": False, "device_class": "smoke",
                           "value_template": "{{ value_json.s }}"}, {"s": False}, {}),
        ("binary_sensor", {"device_class": "motion", "payload_on": "1", "payload_off": "0"}, "1", {"motion": {"detected": True}}),
        ("switch", {"state_on": "run", "state_off": "stop"}, "run", {"state": {"on": True}}),
        ("lock", {}, "LOCKED", {"state": {"locked": True}}),
        ("cover", {}, "closed", {"contact": {"open": False}}),
        ("cover", {}, "opening", {}),
        ("light", {"schema": "json"}, {"state": "ON", "brightness": 51}, {"light": {"on": True, "brightness_percent": 20.0}}),
        ("device_tracker", {"payload_home": "here"}, "here", {"state": {"presence": "home"}}),
        ("sensor", {"device_class": "power", "unit_of_measurement": "kW"}, "1.25", {"energy": {"power_W": 1250}}),
        ("sensor", {"device_class": "power_factor", "unit_of_measurement": "%"}, "95", {"energy": {"power_factor": 0.95}}),
        ("sensor", {"device_class": "temperature", "unit_of_measurement": "°C", "entity_category": "diagnostic"}, "52",
         {"machine": {"temperature_C": 52}}),
        ("sensor", {"device_class": "temperature", "unit_of_measurement": "furlong"}, "52", {}),
        ("sensor", {"name": "Firmware"}, "2025.6.0", {}),
        ("sensor", {"device_class": "water", "unit_of_measurement": "m³"}, "12.345", {"water": {"consumed_L": 12_345}}),
        ("sensor", {"device_class": "humidity", "unit_of_measurement": "%", "value_template": "{% if value %}1{% endif %}"}, "9", {}),
    ],
)  # fmt: skip
def test_an_entity_means(component: str, config: dict[str, Any], payload: object, meaning: dict[str, Any]) -> None:
    reader = HomeReader()
    discovered(reader, component, "one", **{"state_topic": "x/one", "~": "x", **config})
    assert groups(reader, "x/one", payload) == {"discovery/one": meaning}


def test_a_climate_has_its_temperatures_and_a_tracker_its_position() -> None:
    reader = HomeReader()
    discovered(
        reader,
        "climate",
        "heat",
        **{"~": "heat", "curr_temp_t": "~/is", "temp_stat_t": "~/set", "temp_unit": "F", "mode_stat_t": "~/mode"},
    )
    assert groups(reader, "heat/is", "68") == {"discovery/heat": {"climate": {"temperature_C": 20.0}}}
    assert groups(reader, "heat/set", "70.7") == {"discovery/heat": {"climate": {"target_temperature_C": 21.5}}}
    assert groups(reader, "heat/mode", "heat") == {"discovery/heat": {"state": {"mode": "heat"}}}
    discovered(reader, "device_tracker", "dog", json_attributes_topic="dog/at")
    assert groups(reader, "dog/at", {"latitude": 52.23, "longitude": 21.01, "gps_accuracy": 0}) == {
        "discovery/dog": {"location": {"latitude": 52.23, "longitude": 21.01}}
    }


def test_a_zigbee_device_that_is_described_twice_is_one_and_is_read_once() -> None:
    reader = HomeReader()
    device = {"identifiers": [f"zigbee2mqtt_{ADDRESS}"], "name": "hall"}
    discovered(reader, "sensor", "t", state_topic="zigbee2mqtt/hall", device_class="temperature", device=device,
               unit_of_measurement="°C", value_template="{{ value_json.temperature }}")  # fmt: skip
    assert groups(reader, "zigbee2mqtt/hall", {"temperature": 20}) == {ADDRESS: {"climate": {"temperature_C": 20}}}
    assert len(read(reader, "zigbee2mqtt/hall", {"temperature": 20}).readings) == 1


# ESPHome and statestream, whose topics look alike


def test_whose_topic_it_is_shows_in_what_else_is_sent() -> None:
    reader = HomeReader()
    assert read(reader, "node/sensor/humidity/state", "40").is_undescribed
    assert read(reader, "node/switch/fan/state", "ON").readings[0].result.source == "esphome"  # type: ignore[union-attr]
    assert groups(reader, "node/sensor/humidity/state", "40")["esphome/node"] == {"climate": {"humidity_percent": 40}}
    assert read(reader, "ha/sensor/hall/state", "21").is_undescribed
    assert read(reader, "ha/sensor/hall/unit_of_measurement", '"°C"').has_taught
    assert groups(reader, "ha/sensor/hall/state", "21")["sensor.hall"]["climate"] == {"temperature_C": 21}
    assert read(reader, "ha/sensor/hall/state", "unavailable").availability == (Availability("sensor.hall", "offline"),)
    assert "climate" not in groups(reader, "ha/sensor/hall/state", "unknown")["sensor.hall"]


def test_a_node_that_says_its_mac_is_known_by_it() -> None:
    reader = HomeReader()
    read(reader, "esphome/discover/node", {"mac": "020000000001", "friendly_name": "Node", "board": "esp32dev"})
    assert groups(reader, "node/sensor/outside_temperature/state", "nan") == {MAC: {}}
    assert groups(reader, "node/sensor/outside_temperature/state", "7.5") == {MAC: {"climate": {"temperature_C": 7.5}}}


def test_a_position_is_whole_with_the_last_of_its_messages() -> None:
    reader = HomeReader()
    base = "ha/device_tracker/phone"
    read(reader, f"{base}/gps_accuracy", "14", retained=True)
    for latitude in ("52.1", "52.2"):
        read(reader, f"{base}/state", "not_home")
        assert read(reader, f"{base}/latitude", latitude).readings == ()
        assert read(reader, f"{base}/longitude", "21.01").readings == ()
        place = groups(reader, f"{base}/gps_accuracy", "14")["device_tracker.phone"]["location"]
        assert place == {"latitude": float(latitude), "longitude": 21.01, "fix_accuracy_m": 14}


# rtl_433


def test_a_transmission_that_is_repeated_within_two_seconds_is_one() -> None:
    reader = HomeReader()
    event = {"model": "Nexus-TH", "id": "007", "channel": 2, "temperature_C": 20}
    counts = [len(read(reader, "rtl_433/pi/events", event, after=after).readings) for after in (0, 0.3, 1.9, 2.5)]
    assert counts == [1, 0, 0, 1]
    assert len(read(reader, "rtl_433/pi/events", {**event, "temperature_C": 21}, after=2.6).readings) == 1


@pytest.mark.parametrize(
    ("event", "meaning"),
    [
        ({"temperature_F": 50, "wind_avg_mi_h": 10, "rain_in": 1}, {"climate": {"temperature_C": 10.0}, "weather": {"wind_speed_ms": 4.4704, "rain_mm": 25.4}}),
        ({"wind_max_km_h": 36, "light_lux": 900, "uvi": 2.5}, {"weather": {"wind_gust_ms": 10.0, "uv_index": 2.5}, "climate": {"illuminance_lx": 900}}),
        ({"pm2_5_ug_m3": 7, "pm10_0_ug_m3": 9}, {"air": {"pm25_ugm3": 7, "pm10_ugm3": 9}}),
        ({"closed": 1, "battery_ok": 0}, {"contact": {"open": False}, "battery": {"low": True}}),
        ({"type": "TPMS", "pressure_PSI": 32}, {"vehicle": {"tire_pressure_kPa": pytest.approx(220.632, abs=1e-3)}}),
        ({"power_W": 300, "energy_kWh": 1.5}, {"energy": {"power_W": 300, "energy_Wh": 1500}}),
    ],
)  # fmt: skip
def test_a_name_of_rtl_433_ends_in_its_unit(event: dict[str, Any], meaning: dict[str, Any]) -> None:
    found = groups(HomeReader(), "rtl_433/pi/events", {"model": "M", "id": 1, **event})
    assert found == {"rtl_433/M/1": meaning}


def test_the_same_values_a_topic_each_are_not_read_again() -> None:
    assert read(HomeReader(), "rtl_433/pi/devices/Nexus-TH/1/45/temperature_C", "22.9").readings == ()


# Bluetooth


def test_a_phone_that_passes_by_is_no_device_and_an_invalid_value_is_absent() -> None:
    reader = HomeReader()
    topic = "home/gateway/BTtoMQTT/020000000001"
    assert read(reader, topic, {"id": MAC, "mac_type": 1, "rssi": -80}).readings == ()
    invalid = {"id": MAC, "model_id": "RuuviTag_RAWv2", "tempc": 127.99, "batt": 127.5, "volt": 65.535, "hum": 40}
    assert groups(reader, topic, invalid) == {MAC: {"climate": {"humidity_percent": 40}}}


def test_only_fahrenheit_is_converted_and_beside_celsius_it_is_the_same_again() -> None:
    reader = HomeReader()
    topic = "home/gateway/BTtoMQTT/020000000001"
    assert groups(reader, topic, {"model_id": "X", "tempf": "50"}) == {MAC: {"climate": {"temperature_C": 10.0}}}
    assert groups(reader, topic, {"model_id": "X", "tempc": "10.5", "tempf": 0}) == {
        MAC: {"climate": {"temperature_C": 10.5}}
    }


def bthome(reader: HomeReader, data: str, mac: str = "54:48:E6:8F:80:A5", *, after: float = 0) -> Any:
    topic = f"home/gateway/BTtoMQTT/{mac.replace(':', '')}"
    return read(reader, topic, {"id": mac, "servicedatauuid": "0xfcd2", "servicedata": data}, after=after)


def test_an_encrypted_advertisement_needs_its_key_and_counts_once() -> None:
    data, mac = "41a47266c95f730011223378237214", "54:48:E6:8F:80:A5"
    for keys, reason in (({}, "key_missing"), ({mac: "00" * 16}, "key_wrong")):
        [reading] = bthome(HomeReader(HomeSettings(keys=keys)), data).readings
        assert isinstance(reading.result, Rejected)
        assert reading.result.reason == reason
    reader = HomeReader(HomeSettings(keys={mac.lower(): "231d39c1d7cc1ab1aee224cd096db932"}))
    assert groups_of(bthome(reader, data)) == {mac: {"climate": {"temperature_C": 25.06, "humidity_percent": 50.55}}}
    assert bthome(reader, data, after=3600).readings == ()


@pytest.mark.parametrize(
    ("data", "meaning"),
    [
        ("40" + "02ca09" + "ff00" + "03bf13", {"": {"climate": {"temperature_C": 25.06}}}),
        ("40" + "02ca09" + "4511", {"": {"climate": {"temperature_C": 25.06}}}),
        ("40" + "2d01" + "1f01" + "1501", {"": {"contact": {"open": True}, "state": {"locked": False}, "battery": {"low": True}}}),
        ("40" + "02e803" + "0218fc", {"": {"climate": {"temperature_C": 10.0}}, "#2": {"climate": {"temperature_C": -10.0}}}),
        ("40" + "57ea" + "5c02fbffff", {"": {"climate": {"temperature_C": -22}, "energy": {"power_W": -12.78}}}),
        ("40" + "4f870a0000" + "4b0a0000" + "5f0a00", {"": {"water": {"consumed_L": 2.695}, "energy": {"gas_m3": 0.01}, "weather": {"rain_mm": 1.0}}}),
        ("44" + "3a80", {"": {"event": {"type": "button", "name": "hold_press"}}}),
        ("40" + "530568656c6c6f" + "01ff" + "0c020c", {"": {"energy": {"voltage_V": 3.074}}}),
    ],
)  # fmt: skip
def test_an_advertisement_is_read_up_to_what_is_unknown(data: str, meaning: dict[str, Any]) -> None:
    found = groups_of(bthome(HomeReader(), data))
    assert found == {f"54:48:E6:8F:80:A5{part}": each for part, each in meaning.items()}


# Cars and phones


def test_a_value_that_a_car_does_not_know_is_absent_and_where_it_goes_is_not_where_it_is() -> None:
    reader = HomeReader()
    assert groups(reader, "teslamate/cars/1/inside_temp", "nil") == {"teslamate/1": {}}
    route = {"destination": "x", "location": {"latitude": 1.5, "longitude": 2.5}}
    assert read(reader, "teslamate/cars/1/active_route", route).readings == ()
    assert groups(reader, "teslamate/mine/cars/2/power", "-7") == {"teslamate/mine/2": {"vehicle": {"power_W": -7000}}}


CAR = "teslamate/cars/1/"


@pytest.mark.parametrize("value", ["", "nil", " ", "null", "NaN"])
@pytest.mark.parametrize(
    "key", ["speed", "power", "odometer", "state", "shift_state", "plugged_in", "charge_energy_added"]
)
def test_what_a_car_does_not_know_is_absent_whatever_it_is(key: str, value: str) -> None:
    assert groups(HomeReader(), CAR + key, value) == {"teslamate/1": {}}


@pytest.mark.parametrize("value", ["", "nil", "{}", "null", '{"latitude":null,"longitude":null}'])
def test_a_position_that_a_car_does_not_know_is_absent(value: str) -> None:
    assert groups(HomeReader(), CAR + "location", value) == {"teslamate/1": {}}


@pytest.mark.parametrize("state", ["asleep", "offline", "suspended"])
def test_what_is_said_again_while_a_car_sleeps_is_no_reading(state: str) -> None:
    reader = HomeReader()
    for key, value in (("battery_level", "71"), ("location", '{"latitude":52.2,"longitude":21.0}'), ("state", state)):
        assert read(reader, CAR + key, value).readings
    for key, value in (("state", state), ("battery_level", "71"), ("location", '{"latitude":52.2,"longitude":21.0}')):
        assert read(reader, CAR + key, value, after=3600).readings == ()
    # What is new is one, asleep or not.
    assert groups(reader, CAR + "battery_level", "70") == {"teslamate/1": {"vehicle": {"battery_percent": 70}}}
    assert read(reader, CAR + "state", "online").readings
    assert read(reader, CAR + "battery_level", "70").readings


def test_what_the_broker_repeats_of_a_sleeping_car_is_what_was_known_before() -> None:
    reader = HomeReader()
    for key, value in (("state", "asleep"), ("odometer", "1653.4")):
        assert read(reader, CAR + key, value, retained=True).readings == ()
    assert read(reader, CAR + "odometer", "1653.4").readings == ()
    assert groups(reader, CAR + "odometer", "1660") == {"teslamate/1": {"vehicle": {"odometer_km": 1660}}}


def test_one_sleeping_car_says_nothing_of_another() -> None:
    reader = HomeReader()
    read(reader, CAR + "state", "asleep")
    read(reader, CAR + "battery_level", "50")
    for topic in ("teslamate/cars/2/", "teslamate/other/cars/1/"):
        for _ in range(2):
            assert read(reader, topic + "battery_level", "50").readings


def test_a_speed_belongs_to_the_position_that_came_with_it_and_to_no_older_one() -> None:
    reader = HomeReader()
    read(reader, CAR + "location", {"latitude": 52.25, "longitude": 21.5})
    with_it = groups_of(read(reader, CAR + "speed", "36", after=0.1))
    assert with_it["teslamate/1"]["location"] == {"latitude": 52.25, "longitude": 21.5, "fix_speed_ms": 10.0}
    later = groups_of(read(reader, CAR + "speed", "72", after=2.5))
    assert later == {"teslamate/1": {"vehicle": {"speed_kmh": 72}}}
    moved = groups_of(read(reader, CAR + "location", {"latitude": 52.26, "longitude": 21.5}, after=2.6))
    assert moved["teslamate/1"]["location"] == {"latitude": 52.26, "longitude": 21.5, "fix_speed_ms": 20.0}


def test_what_a_drive_and_a_charge_are_known_by_has_names() -> None:
    reader = HomeReader()
    for key, value, meaning in (
        ("state", "charging", {"state": {"mode": "charging"}}),
        ("charging_state", "Charging", {"state": {"activity": "Charging"}}),
        ("shift_state", "D", {"vehicle": {"shift_state": "D"}}),
        ("charger_power", "11", {"vehicle": {"charging_power_W": 11000}}),
        ("charge_energy_added", "5.06", {"vehicle": {"charged_Wh": 5060}}),
        ("power", "-9", {"vehicle": {"power_W": -9000}}),
        ("odometer", "1653.4", {"vehicle": {"odometer_km": 1653.4}}),
        ("speed", "0", {"vehicle": {"speed_kmh": 0}}),
        ("outside_temp", "-3.5", {"vehicle": {"outside_temperature_C": -3.5}}),
        ("inside_temp", "20.8", {"vehicle": {"inside_temperature_C": 20.8}}),
        ("rated_battery_range_km", "401.63", {"vehicle": {"range_km": 401.63}}),
    ):
        assert groups(reader, CAR + key, value) == {"teslamate/1": meaning}


def test_keys_without_end_are_not_remembered_without_end() -> None:
    reader = HomeReader()
    read(reader, CAR + "state", "asleep")
    for number in range(300):
        read(reader, f"{CAR}made_up_{number}", "1")
    assert read(reader, CAR + "made_up_1", "1").readings == ()
    assert read(reader, CAR + "made_up_299", "1").readings


def test_sensor_logger_sends_the_same_over_mqtt() -> None:
    payload = [{"name": "barometer", "time": 1759320000000000000, "values": {"pressure": 994.25}}]
    found = groups(HomeReader(), "sensor-logger", {"deviceId": "phone", "payload": payload})
    assert found == {"sensorlogger/phone": {"climate": {"pressure_hPa": 994.25}}}


def test_an_encrypted_location_is_opened_with_the_key_of_its_phone() -> None:
    body = (FIXTURES / "owntracks" / "http_encrypted.json").read_bytes()
    [reading] = read(HomeReader(HomeSettings(keys={"jane/phone": "123"})), "owntracks/jane/phone", body).readings
    assert isinstance(reading.result, Event)
    assert b'"latitude"' in reading.result.properties
    [refused] = read(HomeReader(), "/owntracks/jane/phone", body).readings
    assert isinstance(refused.result, Rejected)
    assert (refused.device, refused.result.reason) == ("owntracks/jane/phone", "key_missing")


def test_a_device_with_several_availability_topics_is_online_when_all_are() -> None:
    reader = HomeReader()
    listed = [
        {"t": "x/bridge", "val_tpl": "{{ value_json.up }}", "pl_avail": "yes", "pl_not_avail": "no"},
        {"t": "x/lwt"},
    ]
    discovered(reader, "sensor", "a", stat_t="x/a", avty=listed, avty_mode="all")
    states = [read(reader, topic, payload).availability[0].state for topic, payload in
              [("x/lwt", "online"), ("x/bridge", {"up": "yes"}), ("x/bridge", {"up": "no"}), ("x/lwt", "nonsense")]]  # fmt: skip
    assert states == ["unknown", "online", "offline", "unknown"]


# What was learned


def test_what_was_learned_is_known_after_a_restart() -> None:
    reader = HomeReader()
    read(reader, "zigbee2mqtt/bridge/devices", bridge("hall"), retained=True)
    discovered(reader, "sensor", "a", state_topic="x/a", device_class="humidity", unit_of_measurement="%")
    read(reader, "cellar/events/rpc", {"src": "shellyplus1-020000000001", "method": "NotifyStatus", "params": {}})
    read(reader, "tasmota/discovery/020000000002/config", {"mac": "020000000002", "t": "plug"}, retained=True)
    read(reader, "ha/sensor/hall/unit_of_measurement", '"°C"')
    sent = [("zigbee2mqtt/hall", {"humidity": 4}), ("x/a", "5"), ("cellar/status/switch:0", {"output": True}),
            ("tele/plug/STATE", {"POWER": "ON"}), ("ha/sensor/hall/state", "21")]  # fmt: skip
    again = HomeReader()
    again.restore(reader.dump())
    assert [groups(again, *each) for each in sent] == [groups(reader, *each) for each in sent]
    assert again.dump() == reader.dump()


def test_a_topic_that_nothing_describes_is_said_to_be_so_and_the_brokers_own_is_nothing() -> None:
    reader = HomeReader()
    assert read(reader, "somebody/elses", "1").is_undescribed
    assert not read(reader, "$SYS/broker/uptime", "1 seconds").is_undescribed


@pytest.mark.parametrize(("sensor", "expected"), [("DS18B20", None), ("ESP32", 85.0)])
def test_85_degrees_are_a_probes_first_and_an_ordinary_temperature_of_a_machine(
    sensor: str, expected: float | None
) -> None:
    found = groups(HomeReader(), "tele/attic/SENSOR", {sensor: {"Temperature": 85.0}, "TempUnit": "C"})
    values = [group.get("temperature_C") for each in found.values() for group in each.values()]
    assert [value for value in values if value is not None] == ([] if expected is None else [expected])
