"""Four times the input takes about four times the time, however hostile the input is."""

from __future__ import annotations

import functools
import gc
import io
import json
import time

import numpy as np
import pytest
from tensorboard.data.provider import RunTagFilter, TensorTimeSeries

from tb_explain import attempts, frame, listing, schema, window
from tb_explain.cache import StoredRecord
from tb_explain.doctor import records as doctor
from tb_explain.reader import Recorded
from tb_explain.reading import npz, tfrecord
from tb_explain.reading.log import Log, LoggedRun, LoggedTag, Value
from tb_explain.reading.provider import LogProvider
from tests.fuzz.events import block

MOST = 6.5  # times as long for four times as much
LEAST = 0.002  # seconds below which time is noise


def numbered_name(count):
    return functools.partial(listing.natural_key, "9" * count + "a1" * count)


def content(number=0, since=None):
    return json.dumps(
        {"version": 1, "kind": "cam", "monitor": "m", "attempt": number, "since": since}
    ).encode()


def listed(count, attempt):
    series = TensorTimeSeries(
        max_step=5, max_wall_time=1.0, plugin_content=b"", description="", display_name=""
    )
    tags = {}
    for number in range(count):
        said = content(number, count - number) if attempt else content()
        held = TensorTimeSeries(**{**vars_of(series), "plugin_content": said})
        tags[f"m/cam~{number}" if attempt and number else f"m/cam{number or ''}"] = held
    return {"run": tags}


def vars_of(series):
    names = ("max_step", "max_wall_time", "plugin_content", "description", "display_name")
    return {name: getattr(series, name) for name in names}


def many_tags(count, *, attempt=False):
    found = listed(count, attempt)
    return lambda: listing.joined(listing.entries(schema.BLOBS_PLUGIN, found))


def many_attempts(count):
    return many_tags(count, attempt=True)


def standing_records(count):
    parts = [(10.0, [StoredRecord(step % 50, float(step), b"")]) for step in range(count)]
    return lambda: attempts.standing(parts)


def many_records(count):
    (series,) = many_tags(1)()
    records = tuple(StoredRecord(step, 1.0, b"12345") for step in range(count))
    return lambda: frame.build("overview", [Recorded(series, records)])


def window_of_many(count):
    return lambda: window.Window(most=count // 3).wanted(range(count), 10)


def read_by_tag(count):
    tags = {
        str(n): LoggedTag(schema.SERIES_PLUGIN, content(), [Value(0, 1.0, (b"a",))])
        for n in range(count)
    }
    provider = LogProvider(Log("a", {"run": LoggedRun("run", tags=tags)}))
    asked = [RunTagFilter(runs=["run"], tags=[tag]) for tag in tags]

    def read():
        for each in asked:
            provider.read_tensors(
                experiment_id="", plugin_name=schema.SERIES_PLUGIN, run_tag_filter=each
            )

    return read


def exported_series(count):
    members = {f"run/{n}/about": np.zeros(1, np.uint8) for n in range(count)}
    return lambda: npz._grouped(members)


def runs_without_common_samples(count):
    probes = [(str(n), frozenset((str(n),))) for n in range(count)]
    return lambda: doctor._groups(probes)


def runs_with_common_samples(count):
    probes = [(str(n), frozenset((str(n), str(n + 1)))) for n in range(count)]
    return lambda: doctor._groups(probes[::2] + probes[1::2])


def small_blocks(count):
    file = block(b"a") * count
    return lambda: list(tfrecord.blocks(io.BytesIO(file)))


def many_fields(count):
    fields = {f"field{n}": [n] for n in range(count)}
    data = schema.pack(schema.Record("setup", "m", 0, 0, 1, fields))
    return lambda: schema.unpack(data)


def many_arrays(count):
    arrays = {f"array{n}": np.zeros(1, np.uint8) for n in range(count)}
    data = schema.pack(schema.Record("cam", "m", 0, 0, 1, {}, arrays))
    return lambda: schema.unpack(data)


GROWING = {
    numbered_name: 100_000,
    many_tags: 3000,
    many_attempts: 3000,
    standing_records: 20_000,
    many_records: 10_000,
    window_of_many: 100_000,
    read_by_tag: 2000,
    exported_series: 3000,
    runs_without_common_samples: 5000,
    runs_with_common_samples: 5000,
    small_blocks: 3000,
    many_fields: 10_000,
    many_arrays: 3000,
}


def seconds(use):
    """Returns the shortest of three times, with nothing else counted."""
    found = []
    gc.collect()
    gc.disable()  # it looks at whatever the tests before left, now and then
    for _ in range(3):
        start = time.process_time()
        use()
        found.append(time.process_time() - start)
    gc.enable()
    return min(found)


@pytest.mark.parametrize("make", GROWING, ids=lambda make: make.__name__)
def test_time_grows_as_the_input_does(make):
    once, fourfold = (seconds(make(GROWING[make] * times)) for times in (1, 4))
    print(f"{make.__name__}: {once * 1e3:.1f} ms, {fourfold / once:.1f} times for 4 times")
    assert fourfold <= MOST * max(once, LEAST)
