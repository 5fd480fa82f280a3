"""`PruneToPlan`: exactly what the plan cuts is cut, stays cut, and comes back after a crash."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.editing.masks import apply_plan, smallest, smallest_of_neighbours
from lightning_callbacks.editing.prune import PruneToPlan
from lightning_callbacks.editing.schedules import SCHEDULES
from lightning_callbacks.editing.shrink_callback import ShrinkToPlan
from tb_explain.planning import Budget, Constraints, Cut, Plan, PlanError
from tests import toys

SIZES = {"net.0.weight": 54, "net.4.weight": 432, "net.9.weight": 128}
CUTS = {"net.0.weight": 11, "net.4.weight": 401, "net.9.weight": 64}


def plan(cuts: dict[str, int] = CUTS, edit: str = "unstructured", level_name: str = "") -> Plan:
    units = [Cut(n, SIZES[n], cut, cut / SIZES[n], level_name) for n, cut in cuts.items()]
    return Plan(edit, "uniform", Budget("parameters", 0.5), units, Constraints())


def zeros(module: torch.nn.Module) -> dict[str, int]:
    named = dict(module.named_parameters())
    return {name: int((named[name] == 0).sum()) for name in CUTS}


def fit(root, callback, *others, **options) -> pl.Trainer:
    torch.manual_seed(0)
    module = toys.Classifier()
    trainer = toys.trainer(root, callback, *others, **{"max_epochs": 4, **options})
    trainer.fit(module, *toys.loaders())
    return trainer


@pytest.mark.parametrize("schedule", list(SCHEDULES))
def test_it_ends_with_exactly_what_the_plan_cuts(tmp_path, schedule):
    callback = PruneToPlan(plan(), schedule=schedule, every_n_train_steps=2)
    trainer = fit(tmp_path, callback)
    assert zeros(trainer.lightning_module) == CUTS
    assert callback.sparsity == sum(CUTS.values()) / sum(SIZES.values())
    # Names are those of a model that was never pruned: nothing is left to be taken off.
    assert set(trainer.lightning_module.state_dict()) == set(toys.Classifier().state_dict())


def test_what_the_optimizer_remembers_of_cut_weights_is_zero(tmp_path):
    callback = PruneToPlan(plan(), schedule="one_shot")
    trainer = fit(tmp_path, callback)
    named = dict(trainer.lightning_module.named_parameters())
    for name, mask in callback.masks.items():
        momentum = trainer.optimizers[0].state[named[name]]["momentum_buffer"]
        assert not momentum[~mask].any()
        assert momentum[mask].any()


class Watcher(pl.Callback):
    """Keeps the masks of every step, and whether a cut weight was ever other than zero."""

    def __init__(self, pruning: PruneToPlan) -> None:
        self.pruning = pruning
        self.masks: list[dict[str, torch.Tensor]] = []
        self.moved = False

    def on_train_batch_end(self, trainer, pl_module, *_step):
        named = dict(pl_module.named_parameters())
        masks = self.pruning.masks
        self.masks.append(dict(masks))
        self.moved |= any(bool(named[n][~mask].any()) for n, mask in masks.items())


def test_gradual_masks_grow_and_never_let_go(tmp_path):
    pruning = PruneToPlan(plan(), every_n_train_steps=1, end_epoch=3)
    watcher = Watcher(pruning)
    fit(tmp_path, pruning, watcher)
    cut = [int((~masks["net.4.weight"]).sum()) if masks else 0 for masks in watcher.masks]
    assert cut == sorted(cut)
    assert len(set(cut)) >= 10
    assert cut[12] == CUTS["net.4.weight"]  # from the first step of the fourth epoch on
    assert not watcher.moved
    last = watcher.masks[-1]
    assert all(not (last[n] & ~mask).any() for masks in watcher.masks for n, mask in masks.items())


def test_each_round_keeps_the_same_share_of_what_was_left():
    kept = [1000 - SCHEDULES["iterative"](passed, 1000, 900) for passed in (0, 0.2, 0.4, 0.6, 0.8)]
    assert kept == [631, 398, 251, 158, 100]
    assert SCHEDULES["gradual"](0.5, 1000, 800) == 700


def test_ties_are_cut_in_the_order_they_lie_in():
    weight = torch.tensor([[1.0, -1.0, 0.5], [0.5, 2.0, -0.5]])
    kept = smallest(weight, 2)
    assert kept.tolist() == [[True, True, False], [False, True, True]]
    assert smallest(weight, 3, ~torch.eye(2, 3).bool()).tolist() == [
        [False, True, False],
        [True, False, True],
    ]


def test_two_of_four_are_cut_along_the_inputs(tmp_path):
    weight = torch.randn(3, 8, 2, 2)
    kept = smallest_of_neighbours(weight, 2, 4)
    assert (kept.reshape(3, 2, 4, 2, 2).sum(2) == 2).all()
    largest = weight.abs().reshape(3, 2, 4, 2, 2).topk(2, dim=2).values.sum()
    torch.testing.assert_close((weight.abs() * kept).sum(), largest)
    with pytest.raises(PlanError, match="6 inputs, no multiple of 4"):
        smallest_of_neighbours(torch.randn(8, 6, 3, 3), 2, 4)
    half = plan({"net.9.weight": 64}, "n:m", "2:4")
    trainer = fit(tmp_path, PruneToPlan(half, schedule="one_shot"))
    head = trainer.lightning_module.net[9].weight
    assert ((head.reshape(4, 8, 4) != 0).sum(-1) == 2).all()


def test_a_plan_of_a_part_fits_the_whole(tmp_path):
    inner = plan()
    module = toys.Classifier()
    units = [Cut(u.name.removeprefix("net."), u.size, u.cut, u.level) for u in inner.units]
    masks = apply_plan(module, Plan(inner.edit, "uniform", inner.budget, units))
    assert zeros(module) == CUTS
    assert set(masks) == {"0.weight", "4.weight", "9.weight"}


def test_a_part_is_found_by_all_of_a_plans_names():
    def block() -> torch.nn.Module:
        return torch.nn.ModuleDict({"a": torch.nn.Linear(2, 2), "b": torch.nn.Linear(2, 3)})

    units = [Cut("a.weight", 4, 2, 0.5), Cut("b.weight", 6, 3, 0.5)]
    both = Plan("unstructured", "uniform", Budget("parameters", 0.5), units)
    model = torch.nn.ModuleDict({"net": block(), "other": torch.nn.ModuleDict({"a": block()["a"]})})
    apply_plan(model, both)
    assert int((model["net"]["a"].weight == 0).sum()) == 2
    assert model["other"]["a"].weight.all()
    with pytest.raises(PlanError, match=r"several parts of this model: one\., two\."):
        apply_plan(torch.nn.ModuleDict({"one": block(), "two": block()}), both)


def test_averaged_weights_are_cut_too(tmp_path):
    average = EMAWeightAveraging(decay=0.9)
    trainer = toys.trainer(tmp_path, average, PruneToPlan(plan(), schedule="one_shot"))
    trainer.fit(toys.Classifier(), *toys.loaders())
    assert zeros(trainer.lightning_module) == CUTS


def test_an_average_that_would_overwrite_the_zeros_is_refused(tmp_path):
    pruning = PruneToPlan(plan(), schedule="one_shot")
    trainer = toys.trainer(tmp_path, pruning, EMAWeightAveraging())
    with pytest.raises(PlanError, match="list PruneToPlan after it"):
        trainer.fit(toys.Classifier(), *toys.loaders())


def test_records_say_when_it_was_planned_applied_and_finished(tmp_path):
    pruning = PruneToPlan(plan(), end_epoch=2, metric="val_loss", candidates=[plan()])
    fit(tmp_path, pruning)
    records = toys.of_kind(toys.read_records(tmp_path), "plan")
    assert [(r.fields["stage"], r.step) for r in records] == [
        ("planned", 0),
        ("applied", 8),
        ("finished", 16),
    ]
    assert Plan.from_json(json.dumps(records[-1].fields["plan"])) == plan()
    assert records[-1].fields["after"]["parameters"] == sum(SIZES.values()) - sum(CUTS.values())
    assert records[-1].fields["after"]["metric"] > 0
    candidates = [{"allocator": "uniform", "predicted": {}, "verified": None}]
    assert records[-1].fields["candidates"] == candidates


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PruneToPlan("nowhere/plan.json"), "no plan at nowhere/plan.json"),
        (lambda: PruneToPlan(plan(), schedule="cosine"), "'cosine'. Expect one of"),
        (lambda: PruneToPlan(plan(edit="n:m"), schedule="gradual"), "pass schedule='one_shot'"),
        (lambda: PruneToPlan(plan(), begin_epoch=3, end_epoch=2), "end_epoch=2 must not be before"),
        (lambda: PruneToPlan(plan(), every_n_train_steps=0), "must be 1 or more, not 0"),
        (lambda: apply_plan(toys.Classifier(), plan(edit="channel")), r"Use shrink\(\)"),
    ],
)
def test_bad_arguments_are_told_at_once(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_plan_of_another_model_is_refused_before_training(tmp_path):
    units = [Cut("net.0.weight", 55, 3, 3 / 55), Cut("net.7.weight", 9, 1, 1 / 9)]
    for unit, message in zip(units, ("55 weights.*it has 54", "no parameter of this"), strict=True):
        other = Plan("unstructured", "uniform", Budget("parameters", 0.5), [unit])
        with pytest.raises(PlanError, match=message):
            fit(tmp_path, PruneToPlan(other))


KILLED = """
import os, signal, sys
import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint
import torch
from lightning_callbacks.editing.prune import PruneToPlan
from tests import toys

root, kill_at, resume = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "resume"

class Killer(pl.Callback):
    def on_train_batch_end(self, trainer, *_step):
        if trainer.global_step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

class Plain(toys.Classifier):
    def training_step(self, batch, batch_idx):
        return torch.nn.functional.cross_entropy(self.net[:8](batch[0]), batch[1] * 0)

torch.manual_seed(0)
data = torch.utils.data.DataLoader(toys.dataset(), 8)
pruning = PruneToPlan(f"{root}/plan.json", every_n_train_steps=1)
checkpoint = ModelCheckpoint(dirpath=root, save_last=True)
trainer = toys.trainer(root, pruning, Killer(), checkpoint, max_epochs=4, enable_checkpointing=True)
trainer.fit(Plain(), data, data, ckpt_path=f"{root}/last.ckpt" if resume else None)
torch.save([pruning.masks, trainer.lightning_module.state_dict()], f"{root}/end.pt")
"""


@pytest.mark.slow
def test_killed_and_resumed_it_ends_with_the_same_masks_and_weights(tmp_path):
    ends = {}
    for name, runs in (("whole", [(0, "")]), ("killed", [(6, ""), (0, "resume")])):
        root = tmp_path / name
        root.mkdir()
        (root / "plan.json").write_text(plan().to_json())
        codes = [run(root, KILLED, str(at), how) for at, how in runs]
        assert codes == [-signal.SIGKILL] * (len(runs) - 1) + [0]
        ends[name] = torch.load(root / "end.pt")
    (masks, weights), (masks_again, weights_again) = ends.values()
    assert {n: int((~m).sum()) for n, m in masks.items()} == CUTS
    assert all(torch.equal(mask, masks_again[name]) for name, mask in masks.items())
    assert all(torch.equal(weight, weights_again[name]) for name, weight in weights.items())


TWO_PROCESSES = """
import sys
import torch
from lightning_callbacks.editing.prune import PruneToPlan
from tests import toys

root = sys.argv[1]
pruning = PruneToPlan(f"{root}/plan.json", every_n_train_steps=1)
trainer = toys.trainer(root, pruning, strategy="ddp", devices=2)
trainer.fit(toys.Classifier(), *toys.loaders(64))
torch.save(pruning.masks, f"{root}/masks_{trainer.global_rank}.pt")
"""


@pytest.mark.slow
def test_two_processes_hold_identical_masks(tmp_path):
    (tmp_path / "plan.json").write_text(plan().to_json())
    assert run(tmp_path, TWO_PROCESSES) == 0
    first, second = (torch.load(tmp_path / f"masks_{rank}.pt") for rank in (0, 1))
    assert {n: int((~m).sum()) for n, m in first.items()} == CUTS
    assert all(torch.equal(mask, second[name]) for name, mask in first.items())


def run(root, text: str, *arguments: str) -> int:
    script = root / "train.py"
    script.write_text(text)
    command = [sys.executable, "-W", "ignore", str(script), str(root), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(command, timeout=240, check=False, env=environment).returncode


def test_a_short_epoch_is_enough_to_cut_all(tmp_path):
    trainer = fit(tmp_path, PruneToPlan(plan()), max_epochs=1)
    assert zeros(trainer.lightning_module) == CUTS
    trainer = fit(tmp_path / "steps", PruneToPlan(plan()), max_epochs=100, max_steps=6)
    assert zeros(trainer.lightning_module) == CUTS


def test_a_training_that_ends_too_early_is_told(tmp_path):
    with pytest.warns(MonitorWarning, match=r"not the planned 77.5%: training ended in epoch 2"):
        fit(tmp_path, PruneToPlan(plan(), end_epoch=9), max_epochs=2)


def test_zeros_stay_in_a_model_that_shrank_before(tmp_path):
    pytest.importorskip("torch_pruning", reason="finds coupled channels")
    narrow = Plan("channel", "uniform", Budget("macs", 0.5), [Cut("net.4", 8, 4, 0.5)])
    left = Plan(
        "unstructured", "uniform", Budget("parameters", 0.5), [Cut("net.4.weight", 216, 100, 0.46)]
    )
    both = [ShrinkToPlan(narrow, epoch=1), PruneToPlan(left, begin_epoch=1)]
    trainer = fit(tmp_path, *both)
    weight = trainer.lightning_module.net[4].weight
    assert weight.shape == (4, 6, 3, 3)
    assert int((weight == 0).sum()) == 100
    with pytest.raises(PlanError, match="let PruneToPlan begin at epoch 1 or later"):
        fit(tmp_path, both[0], PruneToPlan(left))
    with pytest.raises(PlanError, match="List it before PruneToPlan"):
        fit(tmp_path, both[1], both[0])
