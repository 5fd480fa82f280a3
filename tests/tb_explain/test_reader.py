"""The reader on TensorBoard's own multiplexer, and on a provider that misbehaves."""

import logging
from types import SimpleNamespace

import numpy as np
import pytest
from tensorboard import context, errors
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.data import provider

from tb_explain import schema
from tb_explain.attempts import Attempt
from tb_explain.listing import Part, Series, Unreadable
from tb_explain.reader import READ_AGAIN, Reader, Scope
from tb_explain.window import Window, level
from tests import logs
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records, write_run

SCOPE = Scope(context.RequestContext(), "")


def multiplexer(logdir):
    loaded = EventMultiplexer(tensor_size_guidance=dict.fromkeys(schema.KINDS.values(), 0))
    loaded.AddRunsFromDirectory(str(logdir))
    return loaded.Reload()


def reader_of(logdir):
    return Reader(MultiplexerDataProvider(multiplexer(logdir), str(logdir)))


def only_series(reader):
    (series,) = reader.index(SCOPE).series
    return series


def cam_of(reader):
    return next(series for series in reader.index(SCOPE).series if series.kind == "cam")


class Provider:
    """Lists one series of blobs and counts what is read of it."""

    def __init__(self, steps=3, kind="cam"):
        self.steps = list(range(steps))
        self.kind = kind
        self.blobs_read = []
        self.failures = []

    def _fail(self):
        if self.failures:
            raise self.failures.pop(0)

    def list_tensors(self, ctx, **_):
        return {}

    def list_blob_sequences(self, ctx, **_):
        self._fail()
        content = b'{"version":1,"kind":"%b","monitor":"gradcam"}' % self.kind.encode()
        last = self.steps[-1]
        return {
            "run": {
                "gradcam/cam": SimpleNamespace(
                    plugin_content=content, max_step=last, max_wall_time=1.0 + last, max_length=1
                )
            }
        }

    def list_runs(self, ctx, **_):
        return [provider.Run("run", "run", None)]

    def read_blob_sequences(self, ctx, *, downsample, **_):
        self._fail()
        assert downsample >= len(self.steps)
        references = [(provider.BlobReference(str(step)),) for step in self.steps]
        data = [
            provider.BlobSequenceDatum(step, 1.0 + step, values)
            for step, values in zip(self.steps, references, strict=True)
        ]
        return {"run": {"gradcam/cam": data}}

    def read_blob(self, ctx, *, blob_key):
        self.blobs_read.append(int(blob_key))
        return blob_key.encode()


def test_records_are_read_in_the_order_of_their_steps(tmp_path):
    write_run(tmp_path / "run", RunShape(samples=2, epochs=3))
    reader = reader_of(tmp_path)
    found = reader.read(SCOPE, reader.index(SCOPE).series)
    kinds = {entry.series.kind: entry.records for entry in found}
    assert [record.step for record in kinds["cam"]] == [0, 40, 80, 120]
    assert [record.step for record in kinds["predictions"]] == [0, 40, 80, 120]
    assert [schema.unpack(bytes(record.data)).epoch for record in kinds["cam"]] == [-1, 0, 1, 2]
    assert len(kinds["probe"]) == 1


def test_a_tensor_that_was_written_twice_counts_as_written_last(tmp_path):
    writer = RecordWriter(tmp_path / "run")
    for attempt in (1, 2):
        record = schema.Record("predictions", "gradcam", 5, 0, attempt)
        writer.write(record, wall_time=1e9 + attempt)
    writer.close()
    reader = reader_of(tmp_path)
    (found,) = reader.read(SCOPE, reader.index(SCOPE).series)
    assert [schema.unpack(bytes(record.data)).written for record in found.records] == [2]


def test_what_is_known_is_not_read_again_and_what_is_new_is():
    fake = Provider()
    reader = Reader(fake)
    for _ in range(3):
        reader.read(SCOPE, [cam_of(reader)])
    assert sorted(fake.blobs_read) == [0, 1, 2]
    fake.steps.append(3)
    (found,) = reader.read(SCOPE, [cam_of(reader)])
    assert sorted(fake.blobs_read) == [0, 1, 2, 3]
    assert [record.data for record in found.records] == [b"0", b"1", b"2", b"3"]


def test_of_a_window_only_the_blobs_that_are_not_held_are_fetched():
    fake = Provider(steps=100)
    reader = Reader(fake)
    few = level(range(100), 4)
    (found,) = reader.read(SCOPE, [cam_of(reader)], Window(most=4))
    assert [record.step for record in found.records] == few
    assert [moment.step for moment in found.rest] == sorted(set(range(100)) - set(few))
    assert sorted(fake.blobs_read) == few
    around = range(few[1] - 2, few[1] + 2)
    (found,) = reader.read(SCOPE, [cam_of(reader)], Window(start=around[0], end=around[-1]))
    assert [record.data for record in found.records] == [b"%d" % step for step in around]
    assert sorted(fake.blobs_read) == sorted({*few, *around})
    (found,) = reader.read(SCOPE, [cam_of(reader)], Window(most=4))
    assert [record.step for record in found.records] == few
    (found,) = reader.read(SCOPE, [cam_of(reader)])
    assert [record.step for record in found.records] == list(range(100))
    assert not found.rest
    assert sorted(fake.blobs_read) == list(range(100))


def test_how_many_records_there_is_room_for_follows_from_the_newest():
    fake = Provider(steps=101)
    reader = Reader(fake)
    (found,) = reader.read(SCOPE, [cam_of(reader)], Window(most=64, room=9))
    assert len(fake.blobs_read[-1:]) == 1
    expected = level(range(101), 3)  # its blob is of 3 bytes
    assert [record.step for record in found.records] == expected
    assert sorted(fake.blobs_read) == expected


def test_a_window_of_tensors_is_cut_from_all_of_them(tmp_path):
    write_run(tmp_path / "run", RunShape(samples=2, epochs=9))
    reader = reader_of(tmp_path)
    series = [each for each in reader.index(SCOPE).series if each.kind == "predictions"]
    (found,) = reader.read(SCOPE, series, Window(start=80, end=120))
    assert [record.step for record in found.records] == [80, 120]
    assert [moment.step for moment in found.rest] == [0, 40, 160, 200, 240, 280, 320, 360]


@pytest.mark.parametrize("kind", sorted(kind for _, kind in READ_AGAIN))
def test_what_is_most_of_a_log_is_read_again_rather_than_held(kind):
    fake = Provider(steps=20, kind=kind)
    reader = Reader(fake)
    for _ in range(2):
        (found,) = reader.read(SCOPE, [only_series(reader)])
        assert [record.data for record in found.records] == [b"%d" % step for step in range(20)]
    assert sorted(fake.blobs_read) == sorted([*range(20), *range(20)])


@pytest.mark.parametrize("race", [KeyError("tag"), errors.NotFoundError("no such step")])
def test_a_race_with_the_reload_thread_is_tried_once_more(race):
    fake = Provider()
    reader = Reader(fake)
    fake.failures = [race]
    series = cam_of(reader)
    fake.failures = [race]
    (found,) = reader.read(SCOPE, [series])
    assert len(found.records) == 3


def test_what_tensorboard_refuses_is_logged_once_in_one_line(caplog):
    fake = Provider()
    reader = Reader(fake)
    series = cam_of(reader)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            fake.failures = [errors.InvalidArgumentError("failed to parse\nblob key")]
            (found,) = reader.read(SCOPE, [series])
            assert "failed to parse" in found.reason
    (line,) = caplog.records
    assert line.exc_info is None
    assert line.getMessage().endswith("failed to parse blob key")
    assert "'gradcam/cam' of 'run'" in line.getMessage()


def test_a_series_that_cannot_be_read_does_not_hide_the_others(caplog):
    fake = Provider()
    reader = Reader(fake)
    series = cam_of(reader)
    fake.failures = [ValueError("cannot reshape")]
    with caplog.at_level(logging.ERROR):
        first = reader.read(SCOPE, [series])
    second = reader.read(SCOPE, [series])
    assert first == [Unreadable("run", "gradcam/cam", "TensorBoard cannot read it: cannot reshape")]
    assert "cannot reshape" in caplog.text
    assert len(second[0].records) == 3


def test_a_run_with_a_tag_that_has_no_value_does_not_hide_the_others(tmp_path):
    write_run(tmp_path / "good", RunShape(samples=2, epochs=1))
    value = schema.to_summary_value(epoch_records(RunShape(), 0)[1], first=True)
    value.ClearField("tensor")
    logs.write_value(tmp_path / "bad", value)
    index = reader_of(tmp_path).index(SCOPE)
    assert {series.run for series in index.series} == {"good"}
    assert [(entry.run, entry.tag) for entry in index.unreadable] == [("bad", "")]
    assert "without a value" in index.unreadable[0].reason


def test_metadata_of_a_newer_version_is_named_as_unreadable(tmp_path):
    content = b'{"version":99,"kind":"cam","monitor":"gradcam"}'
    logs.write_value(tmp_path / "newer", logs.with_content(content))
    index = reader_of(tmp_path).index(SCOPE)
    assert index.series == ()
    assert "format version 99" in index.unreadable[0].reason


@pytest.mark.parametrize(
    "tensor",
    [
        logs.string_tensor(shape=()),
        logs.string_tensor(b"a", b"b", shape=(2,)),
        logs.string_tensor(b"a", shape=(3,)),
        logs.string_tensor(b"a", b"b", shape=(5,)),
    ],
)
def test_tensors_that_hold_no_single_record_do_not_stop_the_reader(tmp_path, tensor):
    value = schema.to_summary_value(epoch_records(RunShape(), 0)[0], first=True)
    value.tensor.CopyFrom(tensor)
    logs.write_value(tmp_path / "odd", value)
    reader = reader_of(tmp_path)
    (found,) = reader.read(SCOPE, reader.index(SCOPE).series)
    assert isinstance(found, Unreadable) or found.records[0].data == b""


def test_a_tensor_of_numbers_is_an_empty_record(tmp_path):
    value = schema.to_summary_value(epoch_records(RunShape(), 0)[0], first=True)
    value.tensor.Clear()
    value.tensor.dtype = 1  # DT_FLOAT
    value.tensor.float_val.append(1.0)
    logs.write_value(tmp_path / "numbers", value)
    reader = reader_of(tmp_path)
    (found,) = reader.read(SCOPE, reader.index(SCOPE).series)
    assert found.records[0].data == b""


def test_the_start_of_a_run_is_its_first_event_and_none_where_unknown(tmp_path):
    write_run(tmp_path / "run", RunShape(samples=1, epochs=1))
    assert reader_of(tmp_path).start_times(SCOPE)["run"] > 1e9
    assert Reader(Provider()).start_times(SCOPE) == {"run": None}


def test_the_location_is_what_the_provider_says(tmp_path):
    assert reader_of(tmp_path).location(SCOPE) == str(tmp_path)


def test_trailing_zero_bytes_survive_numpy():
    data = b"abc\0\0"
    datum = provider.TensorDatum(0, 1.0, np.array(data, dtype=object))
    fake = Provider()
    fake.read_tensors = lambda ctx, **_: {"run": {"t": [datum]}}
    series = Series(
        "run",
        "t",
        schema.SERIES_PLUGIN,
        "predictions",
        "m",
        1,
        0,
        1.0,
        (Part("run", "t", Attempt(), 0),),
    )
    (found,) = Reader(fake).read(SCOPE, [series])
    assert found.records[0].data == data


def test_a_run_whose_beginning_cannot_be_read_hides_no_other(tmp_path, monkeypatch):
    write_run(tmp_path / "run", RunShape(samples=1, epochs=1))
    reader = reader_of(tmp_path)

    def list_runs(*_, **__):
        raise IsADirectoryError("events.out.tfevents.1.folder")

    monkeypatch.setattr(reader._provider, "list_runs", list_runs)
    assert {series.run for series in reader.index(SCOPE).series} == {"run"}
    assert reader.start_times(SCOPE) == {}
