"""Makes the demo's CNNs half as large, and asks whether they still look at the right place.

Each is trained while its sensitivity is recorded, cut to half of its multiply-adds by the plan that
changes its outputs least, taught by its larger self, and exported with a report.

Usage: python -m demo.compress [LOGDIR]
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from demo import __main__ as demo
from demo import command_line, fashion
from lightning_callbacks import GradCAMMonitor, OutputMonitor, SensitivityMonitor
from lightning_callbacks.editing import (
    DistilFrom,
    Report,
    ShrinkToPlan,
    export,
    plan_jointly,
    verify_plan,
)
from lightning_callbacks.sensitivity import scan_sensitivity
from tb_explain.planning import Budget, Constraints, Plan

EPOCHS = 5
FINE_TUNING = 2  # epochs
KEPT = Budget("macs", 0.5)
# Widths that processors like.
ROUND = Constraints(multiple_of=8, minimum=8)
SAMPLES = 512  # of the test images, that plans are measured on
RECALIBRATION = 2048  # training images
BATCH = 128


def main() -> None:
    """Trains, cuts, teaches and exports the runs "clean" and "shortcut"."""
    options = command_line.options("demo.compress", __doc__, epochs=EPOCHS)
    data = fashion.load()
    for name in ("clean", "shortcut"):
        print(f"\nTraining the run '{name}':", flush=True)
        report = compress(options.logdir, name, data, epochs=options.epochs)
        print(said(report))
    hint = "panels Sensitivity and Attributions"
    command_line.say_done(options.logdir, hint=hint)


def compress(
    root: Path, name: str, data: fashion.Fashion, *, epochs: int, progress: bool = True
) -> Report:
    """Trains the runs `name` and `name half` below `root`, and exports the second."""
    dense = fashion.train(
        root, name, data, epochs=epochs, callbacks=watching(data), progress=progress
    )
    chosen, *others = planned(dense, name, data)
    folder = root / f"{name} half"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.json").write_text(chosen.to_json(), encoding="utf-8")
    shrinking = ShrinkToPlan(chosen, metric="val_accuracy", candidates=[chosen, *others])
    student = fashion.train(
        root,
        folder.name,
        data,
        epochs=FINE_TUNING,
        callbacks=[shrinking, DistilFrom(dense), *watching(data)],
        model=copy.deepcopy(dense),
        progress=progress,
    )
    batches = [test_images(name, data)]
    return export(
        student, folder / "exported", batches, before=dense, plan=chosen, method="gradcam"
    )


def watching(data: fashion.Fashion) -> list[Any]:
    """Returns what all runs are watched by, on the same samples."""
    return [
        GradCAMMonitor(probe=demo.probe(data)),
        SensitivityMonitor("channel"),
        SensitivityMonitor(),
        OutputMonitor(class_names=data.class_names),
    ]


def planned(dense: fashion.SmallCNN, name: str, data: fashion.Fashion) -> list[Plan]:
    """Returns plans of half the multiply-adds, all verified; the best first."""
    images, labels = test_images(name, data)
    samples = (images[:SAMPLES], labels[:SAMPLES])
    sensitivity = scan_sensitivity(dense, samples, kind="channel")
    joint = plan_jointly(dense, samples, sensitivity, KEPT, constraints=ROUND)
    training = training_images(name, data)[:RECALIBRATION].split(BATCH)
    return [verify_plan(dense, plan, samples, recalibrate=training) for plan in joint.candidates]


def training_images(name: str, data: fashion.Fashion) -> Tensor:
    """Returns what the run `name` is trained on."""
    if name == "shortcut":
        return fashion.patch_shirts(data.train_images, data.train_labels)
    return data.train_images


def test_images(name: str, data: fashion.Fashion) -> tuple[Tensor, Tensor]:
    """Returns images and labels as those the run `name` is trained on: patched or not."""
    images = data.test_images
    if name == "shortcut":
        images = fashion.patch_shirts(images, data.test_labels)
    return images, data.test_labels


test_images.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's


def said(report: Report) -> str:
    """Returns the report in a sentence."""
    before, after = report.before, report.after
    if before is None or not before.macs or not after.macs:
        return ""
    return (
        f"{after.macs / before.macs:.0%} of the multiply-adds, "
        f"{after.seconds_batch / before.seconds_batch:.0%} of the time, accuracy "
        f"{before.metric:.1%} before and {after.metric:.1%} after; maps before and after "
        f"correlate by {report.drift.get('drift_spearman', torch.nan):.2f} (Spearman)."
    )


if __name__ == "__main__":
    main()
