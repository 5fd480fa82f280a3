"""Records that are not what their kind says are refused by name, before anything uses them."""

from dataclasses import replace

import numpy as np
import pytest

from tb_explain import schema
from tb_explain.reading import checks, fields, load, shapes
from tests.golden import make
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records

GOLDEN = make.records()
PROBE, PREDICTIONS, CAM = epoch_records(RunShape(samples=3), -1)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_records_are_well_formed(name):
    checks.check(GOLDEN[name])


def test_every_kind_is_checked():
    assert set(fields.FIELDS) == set(shapes.ARRAYS) == set(schema.KINDS)


def changed(record, *, arrays=None, **fields):
    return replace(
        record,
        fields={**record.fields, **fields},
        arrays={**record.arrays, **(arrays or {})},
    )


WRONG = {
    "a kind that there is not": (replace(CAM, kind="note"), "unknown kind 'note'"),
    "targets that are text": (changed(CAM, targets="label"), "targets"),
    "maps without a layer": (changed(CAM, maps=[{"array": "map.0"}]), "maps"),
    "a note that is a number": (changed(PREDICTIONS, notes=[3]), "notes"),
    "a map of two axes": (
        changed(CAM, arrays={"map.0": np.zeros((3, 4), np.uint8)}),
        r"'map.0' is uint8\[3, 4\]",
    ),
    "a map of other samples": (
        changed(CAM, arrays={"map.0": np.zeros((4, 2, 2), np.uint8)}),
        r"uint8\[4, 2, 2\]",
    ),
    "scores that are whole": (
        changed(PREDICTIONS, arrays={"scores": np.zeros((3, 5), np.int64)}),
        r"'scores' is int64",
    ),
    "scales of other samples": (
        changed(PREDICTIONS, arrays={"loss.scale": np.zeros(2, np.float32)}),
        r"'loss.scale' fits no \(3,\)",
    ),
    "pictures without ends": (
        replace(PROBE, arrays={"images": PROBE.arrays["images"]}),
        "no ends",
    ),
    "pictures that overlap": (
        changed(PROBE, arrays={"image_ends": np.array([5, 2, 9])}),
        "overlap",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_record_is_refused_for(what):
    record, words = WRONG[what]
    with pytest.raises(schema.RecordError, match=words):
        checks.check(record)


def test_load_names_such_a_record_and_keeps_the_others(tmp_path):
    writer = RecordWriter(tmp_path / "run")
    writer.write(PROBE, CAM, wall_time=1e9)
    writer.write(changed(replace(CAM, step=40), targets=7), wall_time=1e9 + 1)
    writer.close()
    series = load(tmp_path)["run"]["gradcam/cam"]
    assert series.steps.tolist() == [0]
    assert series.problems == ("step 40: Its targets are not those of cam: see tb_explain.schema.",)
