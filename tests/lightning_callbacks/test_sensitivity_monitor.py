"""`SensitivityMonitor`: scans and estimates on schedule, and training as if it were not there."""

import subprocess
import sys

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from lightning_callbacks import SensitivityMonitor
from lightning_callbacks.sensitivity import scan_sensitivity
from tb_explain.planning.sensitivity import from_record
from tests import toys

LEVELS = [0.25, 0.5, 0.9]


def records(root, monitor, **options):
    torch.manual_seed(0)
    module = toys.Classifier()
    toys.trainer(root, monitor, **{"max_epochs": 5, **options}).fit(module, *toys.loaders())
    return module, toys.of_kind(toys.read_records(root), "sensitivity")


def test_estimates_stand_between_exact_scans_and_the_last_is_exact(tmp_path):
    monitor = SensitivityMonitor(levels=LEVELS, exact_every=3, strict=True, max_overhead=None)
    module, written = records(tmp_path, monitor, max_epochs=7)
    found = [from_record(record) for record in written]
    assert [record.epoch for record in written] == [-1, 0, 1, 2, 3, 4, 5, 6]
    # The one that would be due after epoch 4 is left to the last.
    assert [one.estimate is None for one in found] == [False, False, True, *[False] * 4, True]
    assert {one.estimate for one in found} == {None, "weight_fisher"}
    assert [bool(one.correlation) for one in found] == [False] * 3 + [True] * 4 + [False]
    assert all(-1 <= one.correlation["across"] <= 1 for one in found[3:7])
    last = found[-1]
    assert [unit.name for unit in last.units] == ["net.0.weight", "net.4.weight", "net.9.weight"]
    again = scan_sensitivity(module, toys.dataset().tensors, levels=LEVELS)
    np.testing.assert_array_equal(last.values["kl"], again.values["kl"])
    assert last.samples == 32
    # None of the samples is stored.
    assert not toys.of_kind(toys.read_records(tmp_path), "probe")


@pytest.mark.parametrize("kind", ["unstructured", "channel", "n:m", "bits", "clusters"])
def test_every_kind_is_recorded_and_estimated(tmp_path, kind):
    monitor = SensitivityMonitor(kind, exact_every=2, strict=True, max_overhead=None)
    _, written = records(tmp_path, monitor, max_epochs=2)
    found = [from_record(record) for record in written]
    assert [one.estimate is None for one in found] == [False, False, True]
    assert {one.edit for one in found} == {kind}
    for one in found:
        # Two of four of three colours are not offered.
        wanted = one.removed > 0 if kind == "n:m" else np.ones_like(one.damage, bool)
        assert np.array_equal(np.isfinite(one.damage), wanted)
    assert monitor.name == {"unstructured": "sensitivity", "n:m": "sensitivity_n_m"}.get(
        kind, f"sensitivity_{kind}"
    )


def test_what_refitting_repairs_is_recorded_on_request(tmp_path):
    monitor = SensitivityMonitor(levels=LEVELS, repair=0.8, strict=True, max_overhead=None)
    _, written = records(tmp_path, monitor, max_epochs=2)
    first, *_, last = (from_record(record) for record in written)
    assert first.repaired is None
    assert np.isnan(last.repaired[:, :2]).all()
    assert (last.repaired[:, 2] <= 1).all()


def test_training_is_the_same_to_the_bit(tmp_path):
    plain, watched = (
        records(tmp_path / name, *monitors)[0].state_dict()
        for name, monitors in (
            ("plain", [pl.Callback()]),
            ("watched", [SensitivityMonitor(levels=LEVELS, exact_every=2, strict=True)]),
        )
    )
    assert all(torch.equal(tensor, watched[name]) for name, tensor in plain.items())


def test_a_scan_that_runs_out_of_time_goes_on_at_the_next(tmp_path):
    monitor = SensitivityMonitor(
        levels=LEVELS, estimate=None, exact_seconds=1e-9, strict=True, max_overhead=None
    )
    _, written = records(tmp_path, monitor, max_epochs=3)
    rows = [np.isfinite(from_record(record).values["kl"]).all(axis=1) for record in written]
    assert [row.tolist().index(True) for row in rows] == [0, 1, 2, 0]
    assert "2 of 3 units were not measured within 1e-09 s" in written[0].fields["notes"][0]


def test_a_resumed_run_keeps_its_rhythm(tmp_path):
    first = SensitivityMonitor(levels=LEVELS, exact_every=4, max_overhead=None)
    records(tmp_path, first, max_epochs=2)
    again = SensitivityMonitor(levels=LEVELS, exact_every=4, max_overhead=None)
    again.load_state_dict(first.state_dict())
    assert again._since_exact == first._since_exact


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "filters"}, "Unknown kind 'filters'. Expect one of"),
        ({"estimate": "fisher"}, "Unknown estimate 'fisher'. Expect None or one of"),
        ({"exact_every": 0}, "exact_every must be 1 or more, not 0"),
        ({"exact_seconds": -1.0}, "exact_seconds must be 0 or more, or None, not -1.0"),
    ],
)
def test_bad_arguments_are_told(arguments, message):
    with pytest.raises(ValueError, match=message):
        SensitivityMonitor(**arguments)


SCRIPT = """
import sys
import pytorch_lightning as pl
import torch
from lightning_callbacks import SensitivityMonitor
from tests import toys

torch.manual_seed(0)
monitor = SensitivityMonitor(
    levels=[0.25, 0.5, 0.9], estimate=None, strict=True, max_overhead=None
)
module = toys.Classifier()
trainer = toys.trainer(sys.argv[1], monitor, max_epochs=1, strategy="ddp", devices=2)
trainer.fit(module, *toys.loaders())
if trainer.is_global_zero:
    torch.save(module.state_dict(), f"{sys.argv[1]}/weights.pt")
"""


@pytest.mark.slow
def test_two_processes_share_the_units_out(tmp_path, monkeypatch, pytestconfig):
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    (tmp_path / "train.py").write_text(SCRIPT)
    command = [sys.executable, "-W", "ignore", str(tmp_path / "train.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    last = from_record(toys.of_kind(toys.read_records(tmp_path), "sensitivity")[-1])
    module = toys.Classifier()
    module.load_state_dict(torch.load(tmp_path / "weights.pt"))
    alone = scan_sensitivity(module, toys.dataset().tensors, levels=LEVELS)
    for name, values in alone.values.items():
        np.testing.assert_array_equal(last.values[name], values)
