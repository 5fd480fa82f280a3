"""What stays of a long run, in the numbers and on disk, in both of TensorBoard's readers."""

import itertools
import math

import pytest
import pytorch_lightning as pl
from pytorch_lightning.loggers import TensorBoardLogger

import tb_explain
from lightning_callbacks import (
    GradCAMMonitor,
    GradientMonitor,
    Keep,
    explain,
)
from tb_explain.attempts import RECENT
from tb_explain.doctor import examine
from tests import servers, toys

MONTH = 1_000_000  # records


def test_all_stay_by_default():
    assert all(Keep.of("all").stays(index) for index in range(1000))


def test_thinned_records_grow_by_as_many_with_each_doubling():
    policy = Keep(per_doubling=64)
    counts = {n: sum(policy.stays(index) for index in range(n)) for n in (128, 1024, 65_536)}
    assert counts == {n: 64 * (1 + int(math.log2(n / 64))) for n in counts}
    assert sum(policy.stays(index) for index in range(MONTH)) < 64 * 16
    kept = [index for index in range(4096) if policy.stays(index)]
    gaps = [after - before for before, after in itertools.pairwise(kept)]
    assert gaps == sorted(gaps)
    assert all(gap <= max(1, start / 64) for start, gap in zip(kept, gaps, strict=False))


def test_the_first_of_the_last_stays():
    assert [index for index in range(1000) if Keep.of(7).stays(index)] == [0]


@pytest.mark.parametrize("option", ["some", 0, -1, True, 2.5, None])
def test_what_can_not_be_meant_is_told(option):
    with pytest.raises(ValueError, match=r"keep=.*Expect 'all', 'thinned', how many"):
        GradCAMMonitor(keep=option)


def test_numbers_out_of_range_are_told():
    with pytest.raises(ValueError, match="last must be a whole number from 0 on, not -1"):
        Keep(last=-1)
    with pytest.raises(ValueError, match="per_doubling must be"):
        Keep(per_doubling=0.5)


def fit(root, keep, *, epochs=10, monitors=None, **options):
    logger = TensorBoardLogger(root, name="", version="run")
    monitors = monitors or [GradCAMMonitor(keep=keep, every_n_train_steps=1, strict=True)]
    trainer = toys.trainer(root, *monitors, logger=logger, max_epochs=epochs, **options)
    trainer.fit(toys.Classifier(), *toys.loaders(), ckpt_path=options.pop("ckpt_path", None))


def steps_of(root, tag="gradcam/cam"):
    (run,) = tb_explain.load(root).values()
    return [int(step) for step in run[tag].steps]


def test_the_last_n_are_there_and_folders_of_those_before_are_not(tmp_path):
    fit(tmp_path, 6)
    steps = steps_of(tmp_path)
    assert steps[0] == 0
    assert steps[1:] == list(range(steps[1], 41))
    assert 6 <= len(steps[1:]) <= 12
    assert len(list((tmp_path / "run" / RECENT).iterdir())) <= 2


def test_thinned_and_recent_ones_are_one_series(tmp_path):
    fit(tmp_path, Keep(per_doubling=4, last=3))
    steps = steps_of(tmp_path)
    lasting = [step for step in range(41) if Keep(4).stays(step)]
    assert lasting == [*range(9), 10, 12, 14, 16, 20, 24, 28, 32, 40]
    assert set(lasting) < set(steps)
    assert {38, 39, 40} < set(steps)
    assert len(steps) <= len(lasting) + 6
    (run,) = tb_explain.load(tmp_path).values()
    newest = run["gradcam/predictions"][-1]
    assert newest.fields["keep"] == "4 per doubling and the last 3"
    assert newest.stored.written == 41
    assert examine(str(tmp_path)) == []


def test_each_monitor_has_its_own(tmp_path):
    monitors = [
        GradCAMMonitor(every_n_train_steps=1, strict=True),
        GradientMonitor(every_n_train_steps=1, keep=5, strict=True),
    ]
    fit(tmp_path, None, monitors=monitors)
    assert steps_of(tmp_path) == list(range(41))
    assert 6 <= len(steps_of(tmp_path, "gradients/layer_statistics")) <= 11
    (run,) = tb_explain.load(tmp_path).values()
    digests = {record.fields["table"] for record in run["gradients/layer_statistics"]}
    assert digests == {record.fields["digest"] for record in run["gradients/layer_table"]}


def test_a_resumed_run_keeps_as_many(tmp_path):
    fit(tmp_path, 6, enable_checkpointing=True)
    (checkpoint,) = tmp_path.rglob("*.ckpt")
    logger = TensorBoardLogger(tmp_path, name="", version="run")
    monitor = GradCAMMonitor(keep=6, every_n_train_steps=1, strict=True)
    trainer = toys.trainer(
        tmp_path, monitor, logger=logger, max_epochs=11, enable_checkpointing=True
    )
    trainer.fit(toys.Classifier(), *toys.loaders(), ckpt_path=checkpoint, weights_only=False)
    steps = steps_of(tmp_path)
    assert steps[0] == 0
    assert steps[1:] == list(range(steps[1], 45))
    assert 6 <= len(steps[1:]) <= 18


class Dying(pl.Callback):
    """Ends a training by an error after a step, after everything was recorded."""

    def __init__(self, step):
        self.step = step

    def on_train_batch_end(self, trainer, *_step):
        if trainer.global_step == self.step:
            raise RuntimeError("died")


def die_at(root, step, keep, checkpoint=None):
    """Trains up to `step`, with a checkpoint every fourth one."""
    saving = pl.callbacks.ModelCheckpoint(root, save_top_k=-1)
    monitor = GradCAMMonitor(keep=keep, every_n_train_steps=1, strict=True)
    logger = TensorBoardLogger(root, name="", version="run")
    options = {"max_epochs": 9, "enable_checkpointing": True, "logger": logger}
    trainer = toys.trainer(root, monitor, saving, Dying(step), **options)
    with pytest.raises(RuntimeError, match="died"):
        trainer.fit(toys.Classifier(), *toys.loaders(), ckpt_path=checkpoint, weights_only=False)


@pytest.mark.parametrize("policy", [4, Keep(2, 4), Keep(2, 1)], ids=str)
def test_a_run_resumed_from_before_its_death_keeps_as_many(tmp_path, policy):
    """Whatever lies behind the checkpoint, which the new attempt takes back."""
    policy = Keep.of(policy)
    die_at(tmp_path, 11, policy)
    checkpoint = next(tmp_path.glob("*step=8.ckpt"))
    for last in (9, 11, 10, 17):
        die_at(tmp_path, last, policy, checkpoint)
        lasting = {step for step in range(last + 1) if policy.stays(step)}
        newest = set(range(last - policy.last + 1, last + 1))
        steps = steps_of(tmp_path)
        assert lasting | newest <= set(steps)
        assert steps[-1] == last
        assert len(steps) <= len(lasting) + 3 * policy.last


def test_explain_hands_it_on(tmp_path):
    logger = TensorBoardLogger(tmp_path, name="", version="run")
    trainer = toys.trainer(tmp_path, explain(keep=2, strict=True), logger=logger, max_epochs=9)
    trainer.fit(toys.Classifier(), *toys.loaders())
    assert 3 <= len(steps_of(tmp_path)) <= 5
    with pytest.raises(ValueError, match="Expect 'all', 'thinned'"):
        explain(keep="few")


def last_step(server):
    series = [series for run in server.catalog()["runs"] for series in run["series"]]
    return max((each["last_step"] for each in series if each["kind"] == "cam"), default=-1)


@pytest.mark.slow
@pytest.mark.parametrize("flag", servers.READERS.values(), ids=servers.READERS)
def test_a_running_tensorboard_follows(tmp_path, flag):
    class Watched(pl.Callback):
        """Lets TensorBoard load folders that are removed later."""

        def on_train_batch_end(self, trainer, *_step):
            if trainer.global_step % 8 == 4:
                servers.eventually(lambda: last_step(server) >= trainer.global_step - 1)

    with servers.tensorboard(tmp_path, flag) as server:
        monitor = GradCAMMonitor(keep=5, every_n_train_steps=1, strict=True)
        fit(tmp_path, None, monitors=[monitor, Watched()])
        expected = steps_of(tmp_path)
        assert len(expected) <= 11

        def shown():
            runs = [run["run"] for run in server.catalog()["runs"]]
            if runs != ["run"]:
                return False
            frame = server.panel("attributions", "run").frame
            return [r.step for r in frame.unpacked("run", "gradcam/cam")] == expected

        servers.eventually(shown)
        assert "Traceback" not in server.log.read_text()
