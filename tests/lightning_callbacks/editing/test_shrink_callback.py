"""`ShrinkToPlan`: the model is smaller, what it learnt and what is remembered of it goes on."""

import pytest
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging, ModelCheckpoint
from torch.nn import functional

from lightning_callbacks.editing.distil import DistilFrom
from lightning_callbacks.editing.shrink_callback import ShrinkToPlan
from tb_explain.planning import Budget, Cut, Plan, PlanError
from tests import toys

pytest.importorskip("torch_pruning", reason="finds coupled channels")
# A run is resumed without the callback that wrote the checkpoint.
pytestmark = pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`")


def plan(cut: int = 3) -> Plan:
    units = [Cut("net.0", 6, cut, cut / 6), Cut("net.4", 8, 4, 0.5)]
    return Plan("channel", "uniform", Budget("macs", 0.5), units)


class Student(toys.Classifier):
    def training_step(self, batch, batch_idx):
        return functional.cross_entropy(self(batch[0]), batch[1])


def fit(root, *callbacks, module=None, ckpt_path=None, **options):
    torch.manual_seed(0)
    module = module or Student()
    trainer = toys.trainer(root, *callbacks, **{"max_epochs": 4, **options})
    trainer.fit(module, *toys.loaders(), ckpt_path=ckpt_path)
    return trainer


@pytest.mark.parametrize("epoch", [0, 2])
def test_the_model_is_smaller_and_trained_on(tmp_path, epoch):
    trainer = fit(tmp_path, ShrinkToPlan(plan(), epoch=epoch, metric="val_loss"))
    module = trainer.lightning_module
    assert module.net[0].weight.shape == (3, 1, 3, 3)
    assert module.net[4].weight.shape == (4, 3, 3, 3)
    assert module.net[9].weight.shape == (4, 16)
    named = set(module.parameters())
    held = {p for group in trainer.optimizers[0].param_groups for p in group["params"]}
    assert held == named
    assert all("momentum_buffer" in trainer.optimizers[0].state[p] for p in named)
    records = toys.of_kind(toys.read_records(tmp_path), "plan")
    stages = [(r.fields["stage"], r.step) for r in records]
    assert stages == [("planned", 0)] * (epoch > 0) + [("applied", 4 * epoch), ("finished", 16)]
    before, after = records[-1].fields["before"], records[-1].fields["after"]
    assert after["parameters"] < before["parameters"] == 644
    assert after["macs"] < before["macs"]
    assert after["metric"] is not None


def test_a_resumed_run_is_as_small_as_the_one_it_resumes(tmp_path):
    checkpoint = ModelCheckpoint(dirpath=tmp_path, save_last=True)
    fit(tmp_path, ShrinkToPlan(plan(), epoch=1), checkpoint, enable_checkpointing=True)
    again = ShrinkToPlan(plan(), epoch=1)
    trainer = fit(tmp_path, again, max_epochs=6, ckpt_path=str(tmp_path / "last.ckpt"))
    assert trainer.lightning_module.net[4].weight.shape == (4, 3, 3, 3)
    assert again.is_applied
    assert trainer.global_step == 24


def test_a_run_resumed_from_before_shrinks_when_it_is_time_to(tmp_path):
    checkpoint = ModelCheckpoint(dirpath=tmp_path, save_last=True)
    fit(tmp_path, checkpoint, max_epochs=1, enable_checkpointing=True)
    shrinking = ShrinkToPlan(plan(), epoch=2)
    trainer = fit(tmp_path, shrinking, ckpt_path=str(tmp_path / "last.ckpt"))
    assert trainer.lightning_module.net[0].weight.shape == (3, 1, 3, 3)


def test_a_teacher_goes_on_teaching_the_smaller_model(tmp_path):
    teacher = Student()
    trainer = fit(tmp_path, ShrinkToPlan(plan(), epoch=1), DistilFrom(teacher))
    assert "distil/kl" in trainer.callback_metrics
    assert not any(part._forward_hooks for part in trainer.lightning_module.modules())


def test_what_does_not_fit_is_told(tmp_path):
    with pytest.raises(PlanError, match="'bits' removes no channels"):
        ShrinkToPlan(Plan("bits", "uniform", Budget("bytes", 0.5), []))
    with pytest.raises(ValueError, match="epoch must be 0 or more, not -1"):
        ShrinkToPlan(plan(), epoch=-1)
    with pytest.raises(PlanError, match="Shrink first, and average"):
        fit(tmp_path, ShrinkToPlan(plan()), EMAWeightAveraging())
