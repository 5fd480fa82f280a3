"""Disks that fill up, directories that vanish or can't be written, loggers that are closed."""

import contextlib
import errno
import os
import shutil
import subprocess
import tempfile

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import TensorBoardLogger

import tb_explain
from lightning_callbacks import (
    GradCAMMonitor,
    GradientMonitor,
    MonitorWarning,
    Schedule,
    writer,
)
from tb_explain.doctor import examine
from tests import toys

STEPS = 8
WORD = ["nothing could be written from step 3 to 5"]  # the notes of step 6
# The thread of an event file says why it ends, sometimes only when another test runs.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class At(pl.Callback):
    """Does something after each of some steps."""

    def __init__(self, **acts):
        self.acts = {int(name.removeprefix("step_")): act for name, act in acts.items()}

    def on_train_batch_end(self, trainer, *_step):
        if trainer.global_step in self.acts:
            self.acts[trainer.global_step]()


def fit(root, *callbacks, monitored=True, keep="all", **options):
    """Returns the weights after 8 steps, the first callback acting before the monitors do."""
    torch.manual_seed(0)
    module = toys.Classifier()
    recording = {"every_n_train_steps": 1, "keep": keep}
    monitors = [GradCAMMonitor(**recording), GradientMonitor(**recording)]
    trainer = toys.trainer(root, *callbacks, *monitors[: 2 * monitored], **options)
    trainer.fit(module, *toys.loaders())
    assert trainer.global_step == STEPS
    return module.state_dict()


def assert_alike(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def steps_of(root, tag="gradcam/cam"):
    (run,) = tb_explain.load(root).values()
    return [int(step) for step in run[tag].steps]


def assert_recorded(root, expected, keep):
    """Checks the steps of the maps: all of them, or at least the newest `keep`."""
    found = steps_of(root)
    assert set(found) <= set(expected)
    count = len(expected) if keep == "all" else keep
    assert found[-count:] == expected[-count:]


def told(caught):
    return [str(w.message) for w in caught if w.category is MonitorWarning]


@pytest.fixture(params=["all", 4, 1], ids=lambda keep: f"keep={keep}")
def keep(request):
    """Which records stay; of 1, every record begins another folder."""
    return request.param


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Weights after a training without monitors and with a logger."""
    return fit(tmp_path_factory.mktemp("alone"), monitored=False)


@contextlib.contextmanager
def small_disk(place, size, *options):
    """Mounts a file system of `size` bytes at `place`."""
    place.mkdir(exist_ok=True)
    flags = ",".join((f"size={size}", *options))
    mount = ["mount", "-t", "tmpfs", "-o", flags, "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def removing(root):
    return At(step_3=lambda: [shutil.rmtree(path) for path in root.iterdir()])


def test_training_goes_on_when_its_directory_is_removed(tmp_path, keep, alone):
    with pytest.warns(MonitorWarning) as caught:
        assert_alike(fit(tmp_path, removing(tmp_path), logger=False, keep=keep), alone)
    assert len(told(caught)) == 2  # monitors
    assert "was removed while the training writes to it" in told(caught)[0]
    assert "Training goes on" in told(caught)[0]


@pytest.mark.filterwarnings("ignore::lightning_callbacks.MonitorWarning")
@pytest.mark.parametrize("monitored", [True, False])
def test_a_logger_without_its_directory_fails_as_it_does_alone(tmp_path, keep, monitored):
    with pytest.raises(FileNotFoundError):
        fit(tmp_path, removing(tmp_path), monitored=monitored, keep=keep)


def test_what_a_full_disk_kept_out_is_told_once_there_is_room(tmp_path, keep, alone, monkeypatch):
    def reserve(size):
        return lambda: monkeypatch.setattr(writer, "RESERVED_BYTES", size)

    acts = At(step_3=reserve(2**62), step_6=reserve(2**20))
    with pytest.warns(MonitorWarning) as caught:
        assert_alike(fit(tmp_path, acts, keep=keep), alone)
    assert len(told(caught)) == 2
    assert "MB are kept for the logger. Free some" in told(caught)[0]
    assert_recorded(tmp_path, [0, 1, 2, 6, 7, 8], keep)
    (run,) = tb_explain.load(tmp_path).values()
    notes = {record.step: record.fields["notes"] for record in run["gradcam/predictions"]}
    assert notes.get(6, WORD) == WORD  # of the last one it has gone again
    assert notes[8] == []


def test_a_disk_that_stays_full_leaves_word_of_it(tmp_path, keep, alone, monkeypatch):
    full = At(step_3=lambda: monkeypatch.setattr(writer, "RESERVED_BYTES", 2**62))
    with pytest.warns(MonitorWarning):
        assert_alike(fit(tmp_path, full, keep=keep), alone)
    (run,) = tb_explain.load(tmp_path).values()
    for tag in ("gradcam/predictions", "gradients/layer_statistics"):
        gaps = {r.step: r.fields["gap"] for r in run[tag] if r.fields["gap"]}
        assert list(gaps) == [3]
        assert "MB are kept for the logger" in gaps[3]


def test_a_small_disk_is_left_to_the_logger(tmp_path, alone):
    with small_disk(tmp_path / "disk", writer.RESERVED_BYTES + 40_000) as disk:
        with pytest.warns(MonitorWarning, match="kept for the logger"):
            assert_alike(fit(disk), alone)
        assert 0 < len(steps_of(disk)) <= STEPS


def test_a_disk_that_is_full_in_the_middle_of_a_record_ends_no_training(
    tmp_path, keep, alone, monkeypatch
):
    monkeypatch.setattr(writer, "RESERVED_BYTES", -(2**30))
    with small_disk(tmp_path / "disk", 2**20) as disk:

        def fill():
            with contextlib.suppress(OSError), (disk / "filler").open("wb") as file:
                for _ in range(2**20):
                    file.write(b"0" * 1000)
                    file.flush()

        with pytest.warns(MonitorWarning, match="No space left") as caught:
            assert_alike(fit(disk, At(step_3=fill), logger=False, keep=keep), alone)
        assert len(told(caught)) == 2
        assert {0, 1, 2} <= set(steps_of(disk)) if keep == "all" else 0 in steps_of(disk)


def test_a_disk_that_can_only_be_read_ends_no_training(tmp_path, keep, alone):
    with small_disk(tmp_path / "disk", 2**20, "ro") as disk:
        with pytest.warns(MonitorWarning, match="Read-only file system") as caught:
            assert_alike(fit(disk, logger=False, keep=keep), alone)
        assert len(told(caught)) == 2


def remounting(disk, how):
    return lambda: subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


@pytest.mark.parametrize("logger", [False, True], ids=["own file", "logger"])
def test_a_disk_that_can_only_be_read_for_a_while_ends_nothing(tmp_path, keep, alone, logger):
    """Within an epoch, at whose end the logger writes, which fails then."""
    with small_disk(tmp_path / "disk", 2**26) as disk:
        acts = At(step_5=remounting(disk, "ro"), step_7=remounting(disk, "rw"))
        with pytest.warns(MonitorWarning, match="Read-only file system") as caught:
            assert_alike(fit(disk, acts, logger=logger, keep=keep), alone)
        assert len(told(caught)) == 2
        assert_recorded(disk, [0, 1, 2, 3, 4, 7, 8], keep)


def test_another_file_takes_the_place_of_one_that_failed(tmp_path, keep, alone, monkeypatch):
    """What no check foresaw, as when a disk fails between the check and the writing."""
    with small_disk(tmp_path / "disk", 2**26) as disk:
        try_out = writer._try_out

        def fail():
            monkeypatch.setattr(writer, "_try_out", lambda *_: None)
            remounting(disk, "ro")()

        def mend():
            monkeypatch.setattr(writer, "_try_out", try_out)
            remounting(disk, "rw")()

        with pytest.warns(MonitorWarning, match="Read-only file system"):
            assert_alike(fit(disk, At(step_3=fail, step_6=mend), logger=False, keep=keep), alone)
        assert_recorded(disk, [0, 1, 2, 6, 7, 8], keep)
        (run,) = tb_explain.load(disk).values()
        notes = {record.step: record.fields["notes"] for record in run["gradcam/predictions"]}
        assert notes.get(6, WORD) == WORD


def test_a_quota_is_noticed_before_the_loggers_file_is_hurt(tmp_path, keep, alone, monkeypatch):
    """The disk has room, but not for this user."""

    def exceeded(*_, **__):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    lift = tempfile.TemporaryFile
    acts = At(
        step_3=lambda: monkeypatch.setattr(tempfile, "TemporaryFile", exceeded),
        step_6=lambda: monkeypatch.setattr(tempfile, "TemporaryFile", lift),
    )
    with pytest.warns(MonitorWarning, match="Disk quota exceeded"):
        assert_alike(fit(tmp_path, acts, keep=keep), alone)
    assert_recorded(tmp_path, [0, 1, 2, 6, 7, 8], keep)
    assert len(list((tmp_path / "lightning_logs" / "version_0").glob("*tfevents*"))) == 1


def test_a_logger_that_is_closed_early_goes_on_in_another_file(tmp_path, keep, alone):
    logger = TensorBoardLogger(tmp_path, name="", version="run")

    def close():
        logger.experiment.close()  # whatever its experiment then is

    assert_alike(fit(tmp_path, At(step_3=close), logger=logger, keep=keep), alone)
    assert len(list((tmp_path / "run").glob("*tfevents*"))) == 2
    assert_recorded(tmp_path, list(range(STEPS + 1)), keep)
    (run,) = tb_explain.load(tmp_path).values()
    assert all(record.stored.written == record.step + 1 for record in run["gradcam/cam"])


def test_a_logger_that_is_closed_early_takes_no_kept_records_back(tmp_path, alone):
    logger = TensorBoardLogger(tmp_path, name="", version="run")

    def close():
        logger.experiment.close()  # whatever its experiment then is

    assert_alike(fit(tmp_path, At(step_3=close, step_6=close), logger=logger, keep=STEPS), alone)
    assert steps_of(tmp_path) == list(range(STEPS + 1))


@pytest.mark.parametrize("logger", [False, True], ids=["own file", "logger"])
def test_a_resumed_training_goes_on_in_its_own_directory(tmp_path, logger):
    trainer = toys.trainer(
        tmp_path, GradCAMMonitor(strict=True), enable_checkpointing=True, logger=logger
    )
    trainer.fit(toys.Classifier(), *toys.loaders())
    (checkpoint,) = tmp_path.rglob("*.ckpt")
    if logger:
        logger = TensorBoardLogger(tmp_path, name="lightning_logs", version=0)
    options = {"max_epochs": 4, "logger": logger, "enable_checkpointing": True}
    resumed = toys.trainer(tmp_path, GradCAMMonitor(strict=True), **options)
    resumed.fit(toys.Classifier(), *toys.loaders(), ckpt_path=checkpoint, weights_only=False)
    assert steps_of(tmp_path) == [0, 4, 8, 12, 16]


def test_a_trainer_that_goes_back_takes_its_own_records_back(tmp_path):
    saving = pl.callbacks.ModelCheckpoint(tmp_path, save_top_k=-1)
    monitor = GradCAMMonitor(every_n_train_steps=1, strict=True)
    logger = TensorBoardLogger(tmp_path, name="", version="run")
    trainer = toys.trainer(tmp_path, monitor, saving, enable_checkpointing=True, logger=logger)
    module, loaders = toys.Classifier(), toys.loaders()
    trainer.fit(module, *loaders)
    monitor.schedule = Schedule(every_n_epochs=1)
    trainer.fit(module, *loaders, ckpt_path=tmp_path / "epoch=0-step=4.ckpt", weights_only=False)
    assert steps_of(tmp_path) == [0, 1, 2, 3, 4, 8]


def test_a_training_that_begins_anew_in_a_directory_takes_the_first_one_back(tmp_path):
    def begin(epochs, **options):
        logger = TensorBoardLogger(tmp_path, name="", version="run")
        monitor = GradCAMMonitor(strict=True, **options)
        trainer = toys.trainer(tmp_path, monitor, logger=logger, max_epochs=epochs)
        trainer.fit(toys.Classifier(), *toys.loaders())

    begin(3)
    with pytest.warns(UserWarning, match="holds earlier records, which count no more"):
        begin(2, untrained=False)
    assert steps_of(tmp_path) == [4, 8]
    (finding,) = examine(str(tmp_path))
    assert "began anew in the same directory:" in finding.what


def test_validating_an_old_checkpoint_takes_nothing_back(tmp_path):
    options = {"logger": TensorBoardLogger(tmp_path, name="", version="run")}
    saving = pl.callbacks.ModelCheckpoint(tmp_path, save_top_k=-1)
    trainer = toys.trainer(
        tmp_path, GradCAMMonitor(), saving, enable_checkpointing=True, max_epochs=3, **options
    )
    trainer.fit(toys.Classifier(), *toys.loaders())
    options = {"logger": TensorBoardLogger(tmp_path, name="", version="run")}
    again = toys.trainer(tmp_path, GradCAMMonitor(), saving, enable_checkpointing=True, **options)
    checkpoint = tmp_path / "epoch=1-step=8.ckpt"
    again.validate(
        toys.Classifier(),
        toys.loaders()[1],
        ckpt_path=checkpoint,
        verbose=False,
        weights_only=False,
    )
    assert steps_of(tmp_path) == [0, 4, 8, 12]
