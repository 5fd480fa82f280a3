"""CSV that reads back exactly."""

import csv as standard
import io
import json
from dataclasses import replace

import numpy as np

import tb_explain
from tb_explain import schema
from tb_explain.exporting import csv
from tests.golden import make
from tests.synthetic_runs import RecordWriter, RunShape, write_run

GOLDEN = make.records()


def rows_of(series, *names):
    file = io.StringIO()
    csv.save(series, file, names)
    return list(standard.DictReader(io.StringIO(file.getvalue())))


def test_floats_read_back_to_the_bit(tmp_path):
    write_run(tmp_path / "a", RunShape(samples=3, epochs=4))
    series = tb_explain.load(tmp_path)["a"]["gradcam/cam"]
    rows = rows_of(series, "map.1")
    values = np.array([float(row["value"]) for row in rows]).astype(np.float32)
    np.testing.assert_array_equal(values, series.array("map.1").reshape(-1))
    places = {(row["step"], row["sample"], row["y"], row["x"]) for row in rows}
    assert len(places) == len(rows) == 5 * 3 * 7 * 7


def test_what_is_no_number_and_what_is_large_read_back(tmp_path):
    floats = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1 / 3])
    integers = np.array([2**62 + 1, -1])
    record = GOLDEN["v1_sensitivity"]
    arrays = {**record.arrays, "shares": floats, "counts.lamp": integers.reshape(1, 2)}
    writer = RecordWriter(tmp_path / "a")
    writer.write(replace(record, arrays=arrays), wall_time=1e9)
    writer.close()
    (series,) = tb_explain.load(tmp_path)["a"].values()
    read = np.array([float(row["value"]) for row in rows_of(series, "shares")])
    assert read.tobytes() == floats.tobytes()
    assert [int(row["value"]) for row in rows_of(series, "counts.lamp")] == integers.tolist()


def test_a_series_without_arrays_has_a_row_per_record(tmp_path):
    alert = {"rule": "nan", "layer": 'fc, "2"', "value": 1, "limit": 0, "message": "is NaN"}
    fields = {"what": "gradients", "raised": [alert], "cleared": [], "active": []}
    writer = RecordWriter(tmp_path / "a")
    writer.write(schema.Record("alerts", "gradients", 7, 0, 1, fields), wall_time=1e9)
    writer.close()
    (row,) = rows_of(tb_explain.load(tmp_path)["a"]["gradients/alerts"])
    assert (row["step"], row["what"]) == ("7", "gradients")
    assert json.loads(row["raised"]) == [alert]
    assert row["raised"].startswith('[{"rule": "nan", "layer": "fc, \\"2\\""')
