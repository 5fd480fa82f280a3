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


def train(root, kind: str) -> dict:
    import torch

    root.mkdir()
    script = root / "train.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-W", "ignore", str(script), str(root), kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return torch.load(root / "weights.pt", weights_only=True)


def test_two_processes_train_alike_and_one_writes(tmp_path, monkeypatch, pytestconfig):
    import torch

    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    alone, watched = (train(tmp_path / kind, kind) for kind in ("alone", "watched"))
    assert all(torch.equal(alone[name], watched[name]) for name in alone)
    steps = [r.step for r in toys.of_kind(toys.read_records(tmp_path / "watched"), "cam")]
    assert steps == [0, 1, 2, 3, 4]
    outputs = toys.of_kind(toys.read_records(tmp_path / "watched"), "outputs")
    assert [record.fields["samples"] for record in outputs] == [32, 32]  # both ranks' halves
