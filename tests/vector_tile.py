"""Reads a Mapbox vector tile: its layers, with each feature's properties and points in tile units."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Point = tuple[int, int]


@dataclass(frozen=True)
class Feature:
    properties: dict[str, Any]
    lines: list[list[Point]]


def read_tile(data: bytes) -> dict[str, list[Feature]]:
    layers = [_layer(value) for number, value in _fields(data) if number == 3]
    return dict(layers)


def _layer(data: bytes) -> tuple[str, list[Feature]]:
    fields = list(_fields(data))
    keys = [value.decode() for number, value in fields if number == 3]
    values = [_value(value) for number, value in fields if number == 4]
    [name] = [value.decode() for number, value in fields if number == 1]
    return name, [_feature(value, keys, values) for number, value in fields if number == 2]


def _feature(data: bytes, keys: list[str], values: list[Any]) -> Feature:
    fields = dict(_fields(data))
    tags = list(_varints(fields.get(2, b"")))
    properties = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    return Feature(properties, list(_lines(list(_varints(fields[4])))))


def _lines(commands: list[int]) -> Iterator[list[Point]]:
    at, x, y = 0, 0, 0
    line: list[Point] = []
    while at < len(commands):
        kind, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if kind == 7:
            line.append(line[0])
            continue
        if kind == 1 and line:
            yield line
            line = []
        for _ in range(count):
            x, y = x + _signed(commands[at]), y + _signed(commands[at + 1])
            line.append((x, y))
            at += 2
    yield line


def _signed(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def _value(data: bytes) -> Any:
    [(number, value)] = _fields(data)
    match number:
        case 1:
            return value.decode()
        case 2:
            return struct.unpack("<f", value)[0]
        case 3:
            return struct.unpack("<d", value)[0]
        case 6:
            return _signed(value)
        case _:
            return value


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 1:
                yield key >> 3, data[at : at + 8]
                at += 8
            case 2:
                length, at = _varint(data, at)
                yield key >> 3, data[at : at + length]
                at += length
            case 5:
                yield key >> 3, data[at : at + 4]
                at += 4


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
