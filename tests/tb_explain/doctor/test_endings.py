"""Monitors that stopped while their training went on, and all that only looks like it."""

from dataclasses import replace

import pytest
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

from tb_explain import schema
from tb_explain.doctor import examine
from tests.synthetic_runs import RunShape, epoch_records

STEPS = 20  # per epoch
END = 400
STATUS = {"activation": "none", "cost_ms": 1.0, "overhead": 0.01, "gap": None}
START = 1e9  # seconds since 1970; a step takes one


def predictions(step, every="every epoch", **fields):
    """Returns a record of the model after `step` steps."""
    arrays = epoch_records(RunShape(samples=2, epochs=1), -1)[1].arrays
    fields = {**STATUS, "every": every, **fields}
    return schema.Record("predictions", "gradcam", step, step // STEPS - 1, 1, fields, arrays)


def events(records=(), scalars=(), tag="loss"):
    """Returns what a training writes, each at the second of its step."""
    values = [(record.step, schema.to_summary_value(record, first=True)) for record in records]
    values += [(step, summary_pb2.Summary.Value(tag=tag, simple_value=1.0)) for step in scalars]
    return [
        event_pb2.Event(step=step, wall_time=START + step, summary=summary_pb2.Summary(value=[v]))
        for step, v in sorted(values, key=lambda value: value[0])
    ]


def write(folder, written, *, start=START, name=""):
    """Writes an event file that was begun at `start`."""
    with (folder / f"events.out.tfevents.{start:.0f}{name}").open("wb") as file:
        opened = RecordWriter(file)
        for event in [event_pb2.Event(wall_time=start, file_version="brain.Event:2"), *written]:
            opened.write(event.SerializeToString())
        opened.flush()


def found(logdir):
    """Returns what the doctor says of ends."""
    return [each for each in examine(str(logdir)) if each.check == "stopped_short"]


EVERY_STEP = [predictions(step, "every 5 steps") for step in range(0, 101, 5)]
EVERY_EPOCH = [predictions(step) for step in range(0, 101, STEPS)]
SCALARS = range(1, END + 1)


@pytest.mark.parametrize(
    ("records", "missing"), [(EVERY_STEP, "some 60 records"), (EVERY_EPOCH, "some 15 records")]
)
def test_a_monitor_that_stopped_in_mid_run_is_found(tmp_path, records, missing):
    write(tmp_path, events(records, SCALARS))
    (finding,) = found(tmp_path)
    assert (finding.severity, finding.where) == ("warning", "., gradcam")
    assert "last record is of step 100, though the run went on to step 400" in finding.what
    assert records[0].fields["every"] in finding.what
    assert missing in finding.what


def test_the_records_of_another_monitor_show_that_a_run_went_on(tmp_path):
    others = [replace(predictions(step), monitor="other") for step in range(0, END + 1, STEPS)]
    write(tmp_path, events([*EVERY_STEP, *others]))
    (finding,) = found(tmp_path)
    assert finding.where == "., gradcam"


GAP = predictions(105, "every 5 steps", gap="nothing could be written from here: disk full")


@pytest.mark.parametrize(
    "records",
    [
        [predictions(step, "every 5 steps") for step in range(0, END + 1, 5)],
        EVERY_EPOCH[:3],  # too few to tell a rhythm
        [*EVERY_STEP[:-1], predictions(100, "every 64 steps")],  # widened
        [predictions(step, "every epoch") for step in range(0, 301, 5 * STEPS)],  # validated so
        [predictions(step, "every 2 steps", keep="the first and the last 5") for step in (0, 396)],
        [*EVERY_STEP, replace(GAP, arrays={})],  # `gaps` says so, with the cause
        [replace(predictions(0), kind="graph", fields={**STATUS, "every": "every epoch"})],
        [predictions(step, "6 log-spaced records per decade of steps") for step in range(0, 99, 9)],
    ],
    ids=["whole", "short", "widened", "validation", "keep", "gap", "once", "log-spaced"],
)
def test_what_is_as_it_should_be_is_no_fault(tmp_path, records):
    write(tmp_path, events(records, SCALARS))
    assert found(tmp_path) == []


@pytest.mark.parametrize("factor", [64, 10])
def test_scalars_that_count_something_else_prove_nothing(tmp_path, factor):
    written = events(EVERY_STEP, range(1, 101))
    written += events(scalars=[0], tag="seen") + [
        event_pb2.Event(
            step=factor * (step + 1),
            wall_time=START + step + 0.5,
            summary=summary_pb2.Summary(
                value=[summary_pb2.Summary.Value(tag="seen", simple_value=1.0)]
            ),
        )
        for step in range(100, 103)
    ]
    write(tmp_path, written)
    assert found(tmp_path) == []


def test_a_training_that_was_resumed_without_the_monitor_is_no_fault(tmp_path):
    write(tmp_path, events(EVERY_STEP, range(1, 105)), name=".1")
    write(tmp_path, events(scalars=range(105, END)), start=START + 104, name=".2")
    assert found(tmp_path) == []


@pytest.mark.parametrize(("cost_ms", "count"), [(10.0, 1), (100_000.0, 0)])
def test_a_shared_budget_may_have_had_no_room_for_more(tmp_path, cost_ms, count):
    setup = schema.Record(
        "setup",
        "explain",
        0,
        -1,
        1,
        {
            "digest": "d",
            "preset": "standard",
            "max_overhead": 0.05,
            "modality": None,
            "task": None,
            "facts": [],
            "monitors": [],
            "left_out": [],
            "cost_ms": 1.0,
        },
    )
    records = [predictions(r.step, "every 5 steps", cost_ms=cost_ms) for r in EVERY_STEP]
    write(tmp_path, events([setup, *records], SCALARS))
    assert len(found(tmp_path)) == count
    assert not [each for each in examine(str(tmp_path)) if each.check == "unreadable_records"]
