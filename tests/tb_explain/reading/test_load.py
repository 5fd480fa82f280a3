"""Reading a log directory without a server: every step, in its unit, whatever else is in there."""

import subprocess
import sys
from pathlib import Path

import fsspec
import numpy as np
import pytest

import tb_explain
from tb_explain import schema
from tb_explain.reading import Runs
from tests.logs import HOSTILE_RUNS, string_tensor, write_hostile_runs, write_value
from tests.synthetic_layer_tables import LayersShape
from tests.synthetic_layers import write_layers
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records, write_run

SHAPE = RunShape(samples=3, epochs=12)
STEPS = [40 * n for n in range(13)]


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    root = tmp_path_factory.mktemp("logs")
    for seed in (10, 2):
        write_run(root / "fit" / f"version_{seed}", SHAPE, seed=seed)
    return root


@pytest.fixture(scope="module")
def runs(logdir):
    return tb_explain.load(logdir)


def test_runs_come_in_natural_order_and_their_series_by_tag(runs):
    assert list(runs) == ["fit/version_2", "fit/version_10"]
    assert list(runs["fit/version_2"]) == ["gradcam/cam", "gradcam/predictions", "probe/synthetic3"]
    assert runs.problems == ()


def test_every_step_is_there(runs):
    maps = runs["fit/version_2"]["gradcam/cam"]
    assert maps.steps.tolist() == STEPS
    assert maps.steps.dtype == maps.epochs.dtype == np.int64
    assert maps.epochs.tolist() == list(range(-1, 12))
    assert [record.step for record in maps] == STEPS
    assert maps[-1].epoch == 11
    assert (maps.kind, maps.monitor, maps.name, len(maps)) == ("cam", "gradcam", "gradcam/cam", 13)


def test_quantised_arrays_come_in_their_unit_and_to_the_byte(runs):
    maps = runs["fit/version_10"]["gradcam/cam"]
    written = epoch_records(SHAPE, 4, seed=10)[1]
    record = maps.at(200)
    assert schema.pack(record.stored) == schema.pack(written)
    for name in ("map.0", "map.1"):
        scale = written.arrays[f"{name}.scale"]
        expected = schema.dequantise(written.arrays[name], scale)
        np.testing.assert_array_equal(record[name], expected)
        assert f"{name}.scale" not in record.arrays
    assert maps.array("map.0").shape == (13, 3, 7, 7)
    assert maps.array("map.0").dtype == np.float32
    assert maps.steps_of("map.0").tolist() == STEPS


def test_scales_spread_over_the_axes_they_have(tmp_path):
    counts = np.arange(24, dtype=np.uint8).reshape(2, 3, 2, 2)
    scale = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
    arrays = {"map.0": counts, "map.0.scale": scale}
    entry = {"array": "map.0", "layer": "conv", "channels": [0, 1, 2], "signed": False}
    fields = {"probe": "p", "samples": [0, 1], "maps": [entry]}
    record = schema.Record("feature_maps", "activations", 0, -1, 1, fields, arrays)
    writer = RecordWriter(tmp_path / "run")
    writer.write(record, wall_time=1e9)
    writer.close()
    (series,) = tb_explain.load(tmp_path)["run"].values()
    np.testing.assert_array_equal(series[0]["map.0"], counts * scale[:, :, None, None])


def test_the_newest_record_of_a_step_counts(tmp_path):
    writer = RecordWriter(tmp_path / "run")
    for epoch, seed in ((0, 0), (1, 0), (0, 1)):
        writer.write(*epoch_records(SHAPE, epoch, seed=seed), wall_time=1e9 + 10 * seed + epoch)
    writer.close()
    maps = tb_explain.load(tmp_path)["run"]["gradcam/cam"]
    assert maps.steps.tolist() == [40, 80]
    newest = epoch_records(SHAPE, 0, seed=1)[1]
    np.testing.assert_array_equal(maps.at(40).stored.arrays["map.0"], newest.arrays["map.0"])


def test_unknown_names_list_the_choices(runs):
    maps = runs["fit/version_2"]["gradcam/cam"]
    with pytest.raises(KeyError, match=r"Expect one of \['fit/version_2', 'fit/version_10'\]"):
        runs["version_2"]
    with pytest.raises(KeyError, match=r"Expect one of .*gradcam/cam"):
        runs["fit/version_2"]["cam"]
    with pytest.raises(KeyError, match=r"no record of step 41\. Expect one of \[0, 40, 80"):
        maps.at(41)
    with pytest.raises(KeyError, match=r"no array 'map\.7'\. Expect one of .*map.0"):
        maps.array("map.7")
    with pytest.raises(KeyError, match=r"No array 'map\.7' in this record"):
        maps[0]["map.7"]
    with pytest.raises(KeyError, match=r"Unknown kind 'cams'\. Expect one of .*'cam'"):
        runs["fit/version_2"].of_kind("cams")
    assert runs["fit/version_2"].of_kind("cam") == [maps]
    assert runs["fit/version_2"].of_kind("graph") == []


def test_arrays_of_changing_shape_are_not_stacked(tmp_path):
    writer = RecordWriter(tmp_path / "run")
    for step in (1, 2):
        arrays = {"values": np.zeros((step, 2), np.float32)}
        fields = {"table": "t", "what": "gradients"}
        record = schema.Record("layer_statistics", "m", step, 0, step, fields, arrays)
        writer.write(record, wall_time=1e9 + step)
    writer.close()
    with pytest.raises(ValueError, match="changes its shape"):
        tb_explain.load(tmp_path)["run"]["m/layer_statistics"].array("values")


def test_tables_name_what_stands_along_each_axis(tmp_path):
    write_layers(tmp_path / "run", LayersShape(blocks=1, records=2))
    series = tb_explain.load(tmp_path)["run"]["gradients/layer_statistics"]
    frame = series.to_frame("values")
    assert list(frame) == ["step", "epoch", "array", "layer", "statistic", "value"]
    norms = frame[(frame.statistic == "norm") & (frame.step == 50)]
    assert norms.layer.iloc[0] == "stem.conv.weight"
    np.testing.assert_array_equal(norms.value, series.at(50)["values"][:, 0].astype(float))


def test_without_pandas_a_frame_says_what_to_install(runs, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match="pip install pandas"):
        runs["fit/version_2"]["gradcam/cam"].to_frame()


@pytest.mark.parametrize("cut", [3, 100])
def test_a_record_that_was_cut_off_is_named_and_the_others_are_read(logdir, tmp_path, cut):
    path = copy_of_one_file(logdir, tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    runs = tb_explain.load(tmp_path)
    assert runs["run"]["gradcam/cam"].steps.tolist() == STEPS[:-1]
    assert len(runs.problems) == 1
    assert "the file ends within" in runs.problems[0]
    assert str(path) in runs.problems[0]


def test_what_lies_behind_a_damaged_record_is_read(logdir, tmp_path):
    path = copy_of_one_file(logdir, tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    runs = tb_explain.load(tmp_path)
    steps = runs["run"]["gradcam/cam"].steps.tolist()
    assert len(steps) == 12
    assert steps[-1] == STEPS[-1]
    assert "checksum" in runs.problems[0]


def copy_of_one_file(logdir, folder):
    (source,) = (logdir / "fit" / "version_2").iterdir()
    path = folder / "run" / source.name
    path.parent.mkdir()
    path.write_bytes(source.read_bytes())
    return path


def test_hostile_logs_are_read_as_what_they_are(tmp_path):
    write_hostile_runs(tmp_path)
    runs = tb_explain.load(tmp_path)
    assert {name.replace("/", "_") for name in HOSTILE_RUNS} < set(runs)


def test_values_that_are_no_records_are_named(tmp_path):
    value = schema.to_summary_value(epoch_records(SHAPE, 0)[1], first=True)
    value.tensor.CopyFrom(string_tensor(b"nonsense", shape=(1,)))
    write_value(tmp_path / "run", value)
    (series,) = tb_explain.load(tmp_path)["run"].values()
    assert len(series) == 0
    assert "Not a tb_explain record" in series.problems[0]


def test_the_problems_of_all_runs_are_those_of_their_series_too(tmp_path):
    for run in ("a", "b"):
        for epoch in (0, 1):
            value = schema.to_summary_value(epoch_records(SHAPE, epoch)[1], first=True)
            if (run, epoch) == ("b", 1):
                value.tensor.CopyFrom(string_tensor(b"nonsense", shape=(1,)))
            write_value(tmp_path / run, value, step=40 * (epoch + 1))
    runs = tb_explain.load(tmp_path)
    (problem,) = runs.problems
    assert problem.startswith("b, gradcam/cam: step 80: Not a tb_explain record")
    assert runs.damages == ()
    series = runs["b"]["gradcam/cam"]
    assert "_decoded" not in vars(series)  # a look at all holds nothing in memory
    assert series.problems == series.examined()


def test_records_come_by_their_own_steps_whatever_their_events_say(tmp_path):
    first, second, third = (epoch_records(SHAPE, epoch)[1] for epoch in (0, 1, 2))
    for event_step, record in ((-40, first), (-80, second), (-120, third)):
        value = schema.to_summary_value(record, first=True)
        write_value(tmp_path / "run", value, step=event_step)
    (maps,) = tb_explain.load(tmp_path)["run"].values()
    assert maps.steps.tolist() == [40, 80, 120]
    assert maps[-1].epoch == 2


def test_only_the_wanted_runs_are_read(logdir):
    assert list(tb_explain.load(logdir, wanted=lambda name: name.endswith("10"))) == [
        "fit/version_10"
    ]


def test_a_directory_without_records_holds_no_runs(tmp_path):
    assert isinstance(tb_explain.load(tmp_path), Runs)
    assert len(tb_explain.load(tmp_path)) == 0
    with pytest.raises(FileNotFoundError, match="is not a directory"):
        tb_explain.load(tmp_path / "nowhere")


def test_remote_directories_are_read_like_local_ones(logdir):
    memory = fsspec.filesystem("memory")
    for path in logdir.rglob("*tfevents*"):
        memory.pipe(f"/load/{path.relative_to(logdir)}", path.read_bytes())
    runs = tb_explain.load("memory://load")
    assert list(runs) == ["fit/version_2", "fit/version_10"]
    assert runs["fit/version_2"]["gradcam/cam"].steps.tolist() == STEPS


def test_neither_torch_nor_a_server_is_loaded(logdir):
    program = (
        "import sys, tb_explain; assert 'tensorboard' not in sys.modules; "
        f"tb_explain.load({str(logdir)!r})['fit/version_2']['gradcam/cam'].array('map.0'); "
        "loaded = {'torch', 'lightning', 'pandas', 'tensorboard.program'} & set(sys.modules); "
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])


def test_records_are_known_by_themselves_where_what_names_their_tag_is_damaged(logdir, tmp_path):
    path = copy_of_one_file(logdir, tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(b"synthetic3")] ^= 1  # in the first event
    path.write_bytes(content)
    runs = tb_explain.load(tmp_path)
    assert list(runs["run"]) == ["gradcam/cam", "gradcam/predictions"]
    assert runs["run"]["gradcam/cam"].steps.tolist() == STEPS[1:]
    assert len(runs.problems) == 1
