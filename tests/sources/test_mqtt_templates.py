"""The part of Home Assistant's templates that says where a value stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.sources.mqtt.template import TemplateError, compile_template

pytestmark = pytest.mark.pure

JSON = {"a": {"b": 21.456, "list": [1, {"c": "5.5"}]}, "s": "on", "n": None, "raw": 215, "flag": True, "x-y": 3}


def evaluate(template: str, value: str = "21.456", value_json: Any = JSON) -> Any:
    return compile_template(template)(value, value_json)


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{{ value }}", "21.456"),
        ("{{value_json.a.b}}", 21.456),
        ("{{ value_json['a'][\"b\"] }}", 21.456),
        ("{{ value_json['x-y'] }}", 3),
        ("{{ value_json.a.list[1].c | float }}", 5.5),
        ("{{ value_json.a.get('b') }}", 21.456),
        ("{{ value | float | round(1) }}", 21.5),
        ("{{ value | float(0) | round }}", 21),
        ("{{ value_json.raw | int / 10 }}", 21.5),
        ("{{ (value_json.raw * 0.1) | round(2) }}", 21.5),
        ("{{ value_json.raw|multiply(0.1)|round(1) }}", 21.5),
        ("{{ -value_json.raw + 15 }}", -200),
        ("{{ float(value) | round(0) }}", 21),
        ("{{ value_json.s | upper }}", "ON"),
        ("{{ 'ON' if value_json.flag else 'OFF' }}", "ON"),
        ("{{ 'ON' if value_json.raw > 300 or value_json.s == 'off' else 'OFF' }}", "OFF"),
        ("{{ value_json.missing is defined }}", False),
        ("{{ value_json.missing | default('none') }}", "none"),
        ("{{ value_json.tempc | is_defined }}", None),
        ("{{ value_json.missing.deeper[3] }}", None),
        ("{{ value_json.n | float(0) }}", None),
        ("{{ value_json.missing | float(0) + 1 }}", None),
        ("{{ value_json.raw / 0 }}", None),
        ("level {{ value_json.raw }} of {{ value_json['x-y'] }}", "level 215 of 3"),
        ("constant", "constant"),
    ],
)
def test_a_template_finds(template: str, found: object) -> None:
    assert evaluate(template) == found


@pytest.mark.parametrize(
    "template",
    [
        "{% if value %}1{% endif %}",
        "{{ states('sensor.x') }}",
        "{{ value_json.__class__ }}{{ value.upper() }}",
        "{{ value | tojson }}",
        "{{ value_json[ }}",
        "{{ 1 + }}",
        "{{ " + "(" * 100 + "1" + ")" * 100 + " }}",
        "{{ value }}" * 1000,
    ],
)
def test_what_is_not_understood_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        compile_template(template)


def test_no_name_leads_out_of_the_message() -> None:
    assert evaluate("{{ value_json.__class__ }}") is None
    assert evaluate("{{ value.__class__ }}") is None


PIECES = st.sampled_from(
    ["value", "value_json", ".a", "['a']", "[0]", "|", "float", "round(1)", "(", ")", "+", "*", "/", " if ", " else ",
     "'x'", "1", "0", "-", "not ", " is defined", "int", "replace('','xx')", "~", "==", "|string", "%", "{{", "}}"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=20), st.text(max_size=8))
def test_any_template_gives_a_value_or_is_refused(pieces: list[str], value: str) -> None:
    try:
        evaluation = compile_template("{{ " + "".join(pieces) + " }}")
    except TemplateError:
        return
    evaluation(value, JSON)
