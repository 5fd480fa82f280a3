"""Explaining checkpoints afterwards gives what recording had given."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning import LightningDataModule
from pytorch_lightning.callbacks import ModelCheckpoint

from lightning_callbacks import (
    ActivationMonitor,
    AttributionMonitor,
    ExplanationQualityMonitor,
    GradCAMMonitor,
    GradientMonitor,
    ModelGraphMonitor,
    OutputMonitor,
)
from lightning_callbacks.backfill import CheckpointError, backfill
from lightning_callbacks.backfill.__main__ import main
from tests import toys

EPOCHS = 20


class Module(toys.Classifier):
    """A classifier that can be made from its checkpoints."""

    def __init__(self, momentum: float = 0.9) -> None:
        super().__init__()
        self.save_hyperparameters()

    def train_dataloader(self):
        return toys.loaders()[0]

    def val_dataloader(self):
        return toys.loaders()[1]


class Data(LightningDataModule):
    def train_dataloader(self):
        return toys.loaders()[0]

    def val_dataloader(self):
        return toys.loaders()[1]


def monitors():
    """All that look at a model; without the untrained one, of which there is no checkpoint."""
    options = {"strict": True, "untrained": False}
    return [
        GradCAMMonitor(["gradcam", "hirescam"], **options),
        ActivationMonitor(dead_after=2, **options),
        AttributionMonitor(["saliency", "deeplift", "kernel_shap"], **options),
        ExplanationQualityMonitor(["saliency"], measures=["sparseness"], **options),
        ModelGraphMonitor(**options),
        OutputMonitor(strict=True),
    ]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """(folder of the run, its records): trained with all monitors, and a checkpoint each epoch."""
    root = tmp_path_factory.mktemp("run")
    torch.manual_seed(0)
    saving = ModelCheckpoint(save_top_k=-1, save_on_train_epoch_end=True, filename="{epoch}")
    trainer = toys.trainer(
        root, *monitors(), saving, max_epochs=EPOCHS, enable_checkpointing=True,
        num_sanity_val_steps=0,
    )  # fmt: skip
    trainer.fit(Module())
    run = root / "lightning_logs" / "version_0"
    return run, toys.read_records(run)


@pytest.fixture
def run(recorded):
    return recorded[0]


def all_of(run):
    return f"{run}/checkpoints/*.ckpt"


def test_records_are_those_of_the_training_to_the_byte(recorded, tmp_path):
    run, live = recorded
    done = backfill(Module(), all_of(run), monitors(), logdir=tmp_path / "after", progress=False)
    assert (len(done.checkpoints), list(done.gaps), done.failed) == (EPOCHS, [], {})
    after = toys.read_records(tmp_path / "after")
    assert len(after) == done.records
    known = {(r.tag, r.step): r for r in live}
    assert {(r.tag, r.step) for r in after} == set(known)
    for record in after:
        same = known[record.tag, record.step]
        assert (record.epoch, record.written) == (same.epoch, same.written)
        assert record.arrays.keys() == same.arrays.keys()
        for name, array in record.arrays.items():
            assert array.tobytes() == same.arrays[name].tobytes(), (record.tag, record.step, name)


def test_a_class_is_made_with_the_checkpoints_hyperparameters(run, tmp_path):
    done = backfill(
        Module, all_of(run), GradCAMMonitor(strict=True), logdir=tmp_path, progress=False
    )
    cams = toys.of_kind(toys.read_records(tmp_path), "cam")
    assert [(r.step, r.epoch) for r in cams] == [(4 * (e + 1), e) for e in range(EPOCHS)]
    assert {r.written for r in cams} == set(range(1, EPOCHS + 1))
    status = toys.of_kind(toys.read_records(tmp_path), "predictions")
    assert {(r.fields["every"], r.fields["overhead"]) for r in status} == {("backfill", None)}
    assert done.directory == str(tmp_path)


def test_by_default_records_lie_beside_the_checkpoints(run):
    one = f"{run}/checkpoints/epoch=0.ckpt"
    done = backfill(Module, one, GradCAMMonitor(strict=True), progress=False)
    assert done.directory == f"{run}/backfill"
    assert toys.read_records(run / "backfill")


def test_run_again_it_adds_what_is_missing_only(run, tmp_path):
    some = [f"{run}/checkpoints/epoch={epoch}.ckpt" for epoch in (0, 1, 4, 6)]
    first = backfill(Module, some[:2], monitors()[:2], logdir=tmp_path, progress=False)
    second = backfill(Module, some, monitors()[:2], logdir=tmp_path, progress=False)
    third = backfill(Module, some, monitors()[:2], logdir=tmp_path, progress=False)
    in_two = toys.read_records(tmp_path)
    whole = backfill(Module, some, monitors()[:2], logdir=tmp_path / "whole", progress=False)
    assert third.records == 0
    assert first.records + second.records == whole.records
    after = toys.read_records(tmp_path / "whole")
    assert len(in_two) == len(after)
    pieces = {(r.tag, r.step): r for r in in_two}
    for record in after:
        one = pieces[record.tag, record.step]
        assert one.written == record.written
        for name, array in record.arrays.items():
            np.testing.assert_array_equal(array, one.arrays[name])


def test_a_data_module_or_data_give_the_probe(run, tmp_path):
    one = f"{run}/checkpoints/epoch=3.ckpt"
    for name, given in (("m", {"datamodule": Data()}), ("d", {"data": toys.dataset()})):
        net = toys.Classifier()
        net.load_state_dict(torch.load(one, weights_only=True)["state_dict"])
        backfill(
            net, one, GradCAMMonitor(strict=True), logdir=tmp_path / name, progress=False, **given
        )
    first, second = ({r.tag for r in toys.read_records(tmp_path / name)} for name in "md")
    assert first == second


def test_a_checkpoint_that_does_not_fit_is_named_and_the_others_explained(run, tmp_path):
    wrong = tmp_path / "wrong.ckpt"
    torch.save({"state_dict": {"other": torch.zeros(1)}, "global_step": 7, "epoch": 0}, wrong)
    (tmp_path / "right.ckpt").write_bytes((run / "checkpoints/epoch=2.ckpt").read_bytes())
    paths = [str(wrong), f"{tmp_path}/right.ckpt"]
    done = backfill(
        Module(), paths, GradCAMMonitor(strict=True), logdir=tmp_path / "out", progress=False
    )
    assert list(done.failed) == [str(wrong)]
    assert "other" in done.failed[str(wrong)]
    assert [r.step for r in toys.of_kind(toys.read_records(tmp_path / "out"), "cam")] == [12]


class Hostile:
    """Would run code when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_pickled_objects_are_refused(tmp_path):
    path = tmp_path / "hostile.ckpt"
    torch.save({"state_dict": {}, "callbacks": Hostile()}, path)
    with pytest.raises(CheckpointError, match="weights_only=False"):
        backfill(Module(), str(path), GradCAMMonitor())


def test_what_is_no_checkpoint_is_said(tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        backfill(Module(), f"{tmp_path}/*.ckpt", GradCAMMonitor())
    (tmp_path / "text.ckpt").write_text("no zip file")
    with pytest.raises(CheckpointError, match=r"text\.ckpt"):
        backfill(Module(), f"{tmp_path}/*.ckpt", GradCAMMonitor())
    torch.save({"weights": 1}, tmp_path / "text.ckpt")
    with pytest.raises(CheckpointError, match="no state_dict"):
        backfill(Module(), f"{tmp_path}/*.ckpt", GradCAMMonitor())


def test_monitors_of_steps_are_refused(run):
    with pytest.raises(ValueError, match="A checkpoint has no optimizer steps, which GradientMon"):
        backfill(Module(), all_of(run), GradientMonitor())


class Failing(Module):
    """Whose validation wants a trainer."""

    def validation_step(self, batch, batch_idx):
        return self.trainer.sanity_checking


def test_a_validation_that_fails_leaves_the_other_monitors_their_records(run, tmp_path):
    one = f"{run}/checkpoints/epoch=1.ckpt"
    watched = [OutputMonitor(strict=True), GradCAMMonitor(strict=True)]
    done = backfill(Failing, one, watched, logdir=tmp_path, progress=False)
    assert "test_backfill.py" in done.failed[one] or "not attached" in done.failed[one]
    assert toys.of_kind(toys.read_records(tmp_path), "cam")


def test_checkpoints_of_several_folders_are_refused(run, tmp_path):
    (tmp_path / "other.ckpt").write_bytes((run / "checkpoints/epoch=1.ckpt").read_bytes())
    with pytest.raises(CheckpointError, match="2 folders"):
        backfill(Module, [f"{tmp_path}/other.ckpt", all_of(run)], GradCAMMonitor())


def test_checkpoints_of_one_step_are_named(run, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.ckpt").write_bytes((run / "checkpoints/epoch=1.ckpt").read_bytes())
    done = backfill(
        Module, f"{tmp_path}/*.ckpt", GradCAMMonitor(), logdir=tmp_path / "out", progress=False
    )
    assert done.left_out == [f"{tmp_path}/b.ckpt"]


# The command line.

PROGRAM = """
import torch
from tests.lightning_callbacks.test_backfill import Data, Module


def module():
    torch.manual_seed(1)
    return Module()
"""
CONFIG = """
seed_everything: 3
trainer:
  logger: true
model:
  class_path: tests.lightning_callbacks.test_backfill.Module
  init_args:
    momentum: 0.8
data:
  class_path: tests.lightning_callbacks.test_backfill.Data
ckpt_path: null
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a program of one's own, as the working directory."""
    (tmp_path / "own_program.py").write_text(PROGRAM)
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_program", raising=False)
    return tmp_path


def test_the_command_names_a_class_and_monitors(run, own, capsys):
    asked = ["--module", "own_program:Module", "--datamodule", "own_program:Data"]
    asked += ["--monitor", 'GradCAMMonitor={"methods": ["hirescam"]}', "--logdir", "out"]
    assert main([f"{run}/checkpoints/epoch=[01].ckpt", *asked]) == 0
    cams = toys.of_kind(toys.read_records("out"), "cam")
    assert [cam.fields["maps"][0]["method"] for cam in cams] == ["hirescam", "hirescam"]
    assert "of 2 checkpoints: out" in capsys.readouterr().out


# jsonargparse warns of what Lightning itself still calls.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_command_reads_a_cli_config(run, own):
    asked = ["--config", "config.yaml", "--monitor", "GradCAMMonitor", "--logdir", "out"]
    assert main([f"{run}/checkpoints/epoch=5.ckpt", *asked]) == 0
    assert [r.step for r in toys.of_kind(toys.read_records("out"), "cam")] == [24]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["--module", "own_program:Nothing"], "names nothing"),
        (["--module", "own_program:Module", "--monitor", "GradCam"], "Unknown monitor 'GradCam'"),
        (["--module", "own_program:Module", "--monitor", "GradCAMMonitor={"], "--monitor"),
        (["--config", "absent.yaml"], "can't be read"),
        ([], "--module package.module:Class"),
    ],
)
def test_the_command_says_what_is_wrong(run, own, capsys, asked, why):
    assert main([f"{run}/checkpoints/epoch=5.ckpt", *asked]) == 2
    assert why in capsys.readouterr().err
    assert not (run / "out").exists()


def test_without_monitors_explain_chooses_them(run, own, capsys):
    asked = ["--module", "own_program:Module", "--datamodule", "own_program:Data"]
    assert main([f"{run}/checkpoints/epoch=[23].ckpt", *asked, "--logdir", "out"]) == 0
    records = toys.read_records("out")
    assert [r.step for r in toys.of_kind(records, "cam")] == [12, 16]
    assert [r.step for r in toys.of_kind(records, "layer_statistics")] == [12, 16]
    (setup,) = toys.of_kind(records, "setup")
    assert "GradCAMMonitor" in str(setup.fields)
    assert {one["every"] for one in setup.fields["monitors"]} == {"every checkpoint", "once"}
    assert "GradCAMMonitor" in capsys.readouterr().out


def test_a_failed_checkpoint_is_exit_code_1(run, own, capsys):
    torch.save({"state_dict": {"other": torch.zeros(1)}, "global_step": 7, "epoch": 0}, "bad.ckpt")
    Path("good.ckpt").write_bytes((run / "checkpoints/epoch=5.ckpt").read_bytes())
    asked = ["--module", "own_program:module", "--monitor", "GradCAMMonitor", "--logdir", "out"]
    assert main(["good.ckpt", "bad.ckpt", *asked]) == 1
    assert "bad.ckpt was not explained" in capsys.readouterr().err


@pytest.mark.slow
def test_two_processes_share_the_work_and_write_the_same(run, own):
    command = [sys.executable, "-m", "lightning_callbacks.backfill", f"{run}/checkpoints"]
    command += ["--module", "own_program:Module", "--datamodule", "own_program:Data"]
    for name in ("GradCAMMonitor", "ActivationMonitor", "OutputMonitor"):
        command += ["--monitor", name]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "OMP_NUM_THREADS": "1",
    }
    for devices in ("1", "2"):
        options = ["--devices", devices, "--strategy", "ddp" if devices == "2" else "auto"]
        done = subprocess.run(
            [*command, *options, "--logdir", devices], env=environment, cwd=own, timeout=240,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    one, two = ({(r.tag, r.step): r for r in toys.read_records(own / n)} for n in "12")
    assert one.keys() == two.keys()
    for key, record in one.items():
        assert (record.epoch, record.written) == (two[key].epoch, two[key].written)
        for name, array in record.arrays.items():
            assert array.tobytes() == two[key].arrays[name].tobytes(), (key, name)
