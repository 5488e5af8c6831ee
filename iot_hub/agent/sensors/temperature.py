"""The temperatures of a Linux machine.

Facts: kernel.org, Documentation/ABI/testing/sysfs-class-thermal and Documentation/hwmon/sysfs-interface:
thousandths of a degree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from iot_hub.agent.errors import SensorError
from iot_hub.agent.reading import Reading, now, reading
from iot_hub.agent.sensors.sensor import Options, Sensor
from iot_hub.values import convert_unit, number

CLASSES = Path("/sys/class")


def hottest(found: Mapping[str, str]) -> float | None:
    """Return the highest temperature (°C). Exactly 0, and what no machine survives, is a sensor without a reading."""
    values = (number(value.strip()) for value in found.values())
    possible = [value for value in values if value and -60_000 < value < 150_000]
    return convert_unit(max(possible), 1e-3) if possible else None


def _files() -> Iterator[tuple[str, Path]]:
    for zone in sorted(CLASSES.glob("thermal/thermal_zone*/temp")):
        yield f"{zone.parent.name} {_word(zone.with_name('type'))}".strip(), zone
    for probe in sorted(CLASSES.glob("hwmon/hwmon*/temp*_input")):
        label = _word(probe.with_name(probe.name.replace("_input", "_label")))
        yield f"{probe.parent.name} {_word(probe.with_name('name'))} {label or probe.name}", probe


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _temperatures() -> dict[str, str]:
    """Read every sensor that can be read; a disk that sleeps can't."""
    return {name: value for name, file in _files() if (value := _word(file))}


def _read(_: Options) -> list[Reading]:
    found = _temperatures()
    if not found:
        raise SensorError("no sensor can be read")
    return [reading("linux", {"temperature": found}, {"machine": {"temperature_C": hottest(found)}}, now())]


SENSOR = Sensor("temperature", "How hot a Linux machine is.", 60, lambda _: any(True for _ in _files()), _read)
