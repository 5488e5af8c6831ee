"""The hub's own broker: its configuration, its accounts, and other programs' agreement with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iot_hub.errors import UserError
from iot_hub.ingest.mqtt_password import hash_mqtt_password
from iot_hub.operations.mosquitto.accounts import Account, write_accounts
from iot_hub.operations.mosquitto.configuration import configuration
from iot_hub.settings import Settings


def settings_of(home: Path, **more: object) -> Settings:
    return Settings(home=home, **more)  # type: ignore[arg-type]


def listeners(text: str) -> list[str]:
    return re.findall(r"^listener (.+)$", text, re.MULTILINE)


def test_by_default_only_this_machine_reaches_the_broker(tmp_path: Path) -> None:
    text = configuration(settings_of(tmp_path))
    assert listeners(text) == [f"0 {tmp_path}/run/mqtt/broker", "1883 127.0.0.1"]
    assert "allow_anonymous false" in text


def test_other_machines_reach_it_with_tls(tmp_path: Path) -> None:
    opened = settings_of(tmp_path, mqtt_host="0.0.0.0", tls="self-signed")
    assert listeners(configuration(opened))[1:] == ["1883 127.0.0.1", "8883 0.0.0.0"]


def test_without_tls_it_is_opened_only_by_who_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="IOT_HUB_INSECURE_MQTT"):
        configuration(settings_of(tmp_path, mqtt_host="192.168.1.5"))
    opened = settings_of(tmp_path, mqtt_host="192.168.1.5", insecure_mqtt=True)
    assert listeners(configuration(opened))[1:] == ["1883 192.168.1.5"]


def test_a_password_is_hashed_as_mosquitto_does() -> None:
    # Made by mosquitto_passwd 2.0.11 would be another salt: its form is compared, and the hash by the broker's tests.
    assert re.fullmatch(r"\$7\$101\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==", hash_mqtt_password("token"))
    assert hash_mqtt_password("token") == hash_mqtt_password("token") != hash_mqtt_password("tokem")


def test_a_device_has_an_account_and_a_gateway_rights_for_others(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (tmp_path / "mosquitto").mkdir()
    assert write_accounts(settings, [Account(3, False, "$7$x"), Account(4, True, "$7$y")])
    lines = (tmp_path / "mosquitto" / "accounts").read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["hub", "3", "4"]
    rights = (tmp_path / "mosquitto" / "rights").read_text()
    assert "user 4\n" in rights
    assert "user 3\n" not in rights
    # Nothing changed: the broker is left alone.
    assert not write_accounts(settings, [Account(3, False, "$7$x"), Account(4, True, "$7$y")])
