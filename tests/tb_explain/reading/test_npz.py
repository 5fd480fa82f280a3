"""Export to one NumPy file and back, to the byte, for every kind of record there is."""

import numpy as np
import pytest

import tb_explain
from tb_explain import schema
from tb_explain.reading import npz
from tests.golden import make
from tests.synthetic_runs import RecordWriter, RunShape, write_run


@pytest.fixture
def golden(tmp_path):
    """A log with every golden record, several of a kind in one run where that can be."""
    for name, record in make.records().items():
        writer = RecordWriter(tmp_path / "logs" / record.kind / name)
        writer.write(record, wall_time=1e9 + 0.1)
        writer.close()
    return tmp_path / "logs"


def saved(runs, path):
    with path.open("wb") as file:
        npz.save([series for run in runs.values() for series in run.values()], file)
    return tb_explain.load(path)


def contents(runs):
    return {
        (run, tag, record.step, record.wall_time): schema.pack(record.stored)
        for run in runs
        for tag, series in runs[run].items()
        for record in series
    }


def test_every_kind_comes_back_to_the_byte(golden, tmp_path):
    runs = tb_explain.load(golden)
    again = saved(runs, tmp_path / "a.npz")
    assert contents(again) == contents(runs)
    assert {key[1] for key in contents(runs)} >= {"gradcam/cam"}
    written = {schema.pack(record) for record in make.records().values()}
    assert set(contents(again).values()) == written


def test_arrays_of_one_shape_are_stacked_for_whoever_reads_numpy_alone(tmp_path):
    write_run(tmp_path / "logs" / "a", RunShape(samples=2, epochs=3))
    runs = tb_explain.load(tmp_path / "logs")
    assert contents(saved(runs, tmp_path / "a.npz")) == contents(runs)
    with np.load(tmp_path / "a.npz") as file:
        assert file["a/gradcam/cam/map.0"].shape == (4, 2, 7, 7)
        assert file["a/gradcam/cam/steps"].tolist() == [0, 40, 80, 120]


def test_shapes_that_change_and_arrays_that_are_absent_come_back(tmp_path):
    writer = RecordWriter(tmp_path / "logs" / "..evil" / "a%b")
    arrays = [{"x": np.zeros(2, np.int64)}, {"x": np.zeros((0, 3)), "steps": np.ones(1)}, {}]
    for step, some in enumerate(arrays):
        record = schema.Record("outputs", "m", step, 0, step + 1, {"gap": "é\udcff"[:1]}, some)
        writer.write(record, wall_time=1e9 + step)
    writer.close()
    runs = tb_explain.load(tmp_path / "logs")
    assert contents(saved(runs, tmp_path / "a.npz")) == contents(runs)


def test_paths_never_lead_out_of_a_folder():
    assert npz.safe("../../x") == "%2E%2E/%2E%2E/x"
    assert npz.safe("/etc/./passwd") == "%2F/etc/%2E/passwd"
    assert npz.safe("a\\b:c") == "a%5Cb%3Ac"


def test_other_files_are_refused_by_name(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match=r"other.npz is not a file that .tb-explain export"):
        tb_explain.load(tmp_path / "other.npz")
    np.savez(tmp_path / "pickled.npz", **{"r/t/about": np.array([{}], dtype=object)})
    with pytest.raises(ValueError, match="is not a file that"):
        tb_explain.load(tmp_path / "pickled.npz")
