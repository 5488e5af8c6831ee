"""Arrow arrays made of their buffers: the values that went in, and no pandas loaded for it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.archive.arrow_arrays import bytes_of_texts, flags, integers_of, joined_texts, numbers, texts

WAY_OF_A_DAY = """
import sys
import numpy as np
from iot_hub.archive.events import INSTANT, SCHEMA, cut_into_days, digests_of, from_parquet, to_parquet, write_copied
from iot_hub.archive.objects import without
from iot_hub.archive.arrow_arrays import joined_texts, numbers, texts
import pyarrow as pa

moments = numbers(np.array([0, 90_000_000_000]), INSTANT)
ones, words = numbers(np.array([1, 1]), pa.int64()), texts(["a", "b"])
none = joined_texts(np.array([-1, -1]), b"")
columns = [numbers(np.array([1, 1], np.int32), pa.int32()), ones, moments, moments, words, none, ones, words]
table = pa.Table.from_arrays(columns, schema=SCHEMA)
for day, events in cut_into_days(table):
    back = from_parquet(to_parquet(events), day.device_id)
    assert back.equals(events)
    write_copied(*without(back, {(0, digests_of(back)[0].as_py())}))
assert pa.default_memory_pool().backend_name == "system"
assert "pandas" not in sys.modules, "pandas"
"""


def test_a_day_goes_into_the_archive_and_back_without_pandas() -> None:
    ended = subprocess.run([sys.executable, "-c", WAY_OF_A_DAY], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


@given(st.lists(st.none() | st.text()))
def test_texts_are_the_ones_that_went_in(values: list[str | None]) -> None:
    encoded = [value.encode() for value in values if value is not None]
    lengths = [-1 if value is None else len(value.encode()) for value in values]
    made = joined_texts(np.array(lengths, ">i4"), b"".join(encoded))
    made.validate(full=True)
    assert made.to_pylist() == values


@given(st.lists(st.text(), min_size=1), st.data())
def test_bytes_of_texts_are_those_of_a_part_too(values: list[str], data: st.DataObject) -> None:
    assert texts(values).to_pylist() == values
    start = data.draw(st.integers(0, len(values) - 1))
    part = pa.chunked_array([texts(values)]).slice(start)
    assert [bytes(each) for each in bytes_of_texts(part)] == [value.encode() for value in values[start:]]


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.booleans())))
def test_numbers_and_flags_are_the_ones_that_went_in(values: list[tuple[int, bool]]) -> None:
    given_numbers = np.array([number for number, _ in values], ">i8")
    present = [there for _, there in values]
    made = numbers(given_numbers, pa.int64(), np.array(present, bool))
    made.validate(full=True)
    assert made.to_pylist() == [number if there else None for number, there in values]
    assert flags(present).to_pylist() == present
    assert integers_of(pa.chunked_array([numbers(given_numbers, pa.int64())])).tolist() == given_numbers.tolist()
