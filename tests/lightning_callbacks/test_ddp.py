"""Under DDP rank 0 records alone: no rank waits for ever, and the weights are what they were."""

import subprocess
import sys

import pytest

from tests import toys

pytestmark = pytest.mark.slow

SCRIPT = """
import sys
import pytorch_lightning as pl
import torch
from lightning_callbacks import *
from tests import toys

root, watched = sys.argv[1], sys.argv[2] == "watched"
pl.seed_everything(3, verbose=False)
every = dict(every_n_train_steps=1, strict=True)
monitors = [
    GradCAMMonitor(**every),
    ActivationMonitor(**every),
    GradientMonitor(**every),
    WeightMonitor(**every),
    OutputMonitor(strict=True),
] if watched else []
module = toys.Classifier()
trainer = toys.trainer(root, *monitors, strategy="ddp", devices=2)
trainer.fit(module, *toys.loaders())
if trainer.is_global_zero:
    torch.save(module.state_dict(), f"{root}/weights.pt")
"""

CHOOSING = """
import sys
import pytorch_lightning as pl
from lightning_callbacks import explain
from tests import toys

class PartTime(toys.Classifier):
    \"\"\"Can't be called in the second process, where nothing has to be chosen.\"\"\"

    def forward(self, x):
        asked = not self.training and self.trainer.global_rank and not self.trainer.validating
        assert not asked or self.trainer.sanity_checking
        return super().forward(x)

pl.seed_everything(3, verbose=False)
callback = explain(
    strict=True,
    preset="full",
    without=["SensitivityMonitor", "AttributionMonitor"],  # which call it in all processes
    forward=lambda m, b: m(b[0]),
)
trainer = toys.trainer(sys.argv[1], callback, strategy="ddp", devices=2)
trainer.fit(PartTime(), *toys.loaders())
names = [monitor.name for monitor in callback.monitors]
assert "gradcam" in names and "outputs" in names, names
"""

STOPPING = """
import sys
from lightning_callbacks import GradientMonitor
from tests import toys

class Broken(toys.Classifier):
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        return loss * float("nan") if batch_idx == 1 else loss

monitor = GradientMonitor(every_n_train_steps=1, stop_on="non_finite")
trainer = toys.trainer(sys.argv[1], monitor, max_epochs=3, strategy="ddp", devices=2)
trainer.fit(Broken(), *toys.loaders(64))
assert trainer.global_step == 2, trainer.global_step
"""

CALLING = """
import sys
from datetime import timedelta
import torch.distributed
from pytorch_lightning.strategies import DDPStrategy
from lightning_callbacks import AttributionMonitor, GradCAMMonitor, OutputMonitor
from tests import toys

class Calling(toys.Classifier):
    def forward(self, x):
        if torch.distributed.is_initialized():
            torch.distributed.all_reduce(x.new_zeros(1))
        return super().forward(x)

strategy = DDPStrategy(timeout=timedelta(seconds=20))
monitors = [GradCAMMonitor(), AttributionMonitor(), OutputMonitor()]
trainer = toys.trainer(sys.argv[1], *monitors, max_epochs=2, strategy=strategy, devices=2)
trainer.fit(Calling(), *toys.loaders())
assert trainer.current_epoch == 2, trainer.current_epoch
"""


def run(root, text: str, *arguments: str) -> None:
    root.mkdir()
    script = root / "train.py"
    script.write_text(text)
    command = [sys.executable, "-W", "ignore", str(script), str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def train(root, kind: str) -> dict:
    import torch

    run(root, SCRIPT, kind)
    return torch.load(root / "weights.pt", weights_only=True)


def test_what_one_process_chooses_all_take(tmp_path, monkeypatch, pytestconfig):
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    run(tmp_path / "choosing", CHOOSING)
    records = toys.read_records(tmp_path / "choosing")
    assert len(toys.of_kind(records, "setup")) == 1
    assert [record.fields["samples"] for record in toys.of_kind(records, "outputs")] == [32, 32]
    assert not [record for record in records if record.fields.get("gap")]


def test_an_alert_on_one_rank_stops_all(tmp_path, monkeypatch, pytestconfig):
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    run(tmp_path / "stopping", STOPPING)


def test_two_processes_train_alike_and_one_writes(tmp_path, monkeypatch, pytestconfig):
    import torch

    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    alone, watched = (train(tmp_path / kind, kind) for kind in ("alone", "watched"))
    assert all(torch.equal(alone[name], watched[name]) for name in alone)
    steps = [r.step for r in toys.of_kind(toys.read_records(tmp_path / "watched"), "cam")]
    assert steps == [0, 1, 2, 3, 4]
    outputs = toys.of_kind(toys.read_records(tmp_path / "watched"), "outputs")
    assert [record.fields["samples"] for record in outputs] == [32, 32]  # both ranks' halves


def test_a_model_that_calls_other_processes_is_refused(tmp_path, monkeypatch, pytestconfig):
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    run(tmp_path / "calling", CALLING)
    records = toys.read_records(tmp_path / "calling")
    gaps = {r.monitor: r.fields["gap"] for r in records if r.fields.get("gap")}
    assert gaps.keys() == {"gradcam", "attributions"}
    assert all("calls other processes (allreduce)" in gap for gap in gaps.values())
    assert len(toys.of_kind(records, "outputs")) == 2
