"""Trains two models, one of which learns a shortcut, and records what each looks at and learns.

Usage: python -m demo [LOGDIR]
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import Any

from demo import fashion
from lightning_callbacks import (
    ActivationMonitor,
    AttributionMonitor,
    ExplanationQualityMonitor,
    GradCAMMonitor,
    GradientMonitor,
    ModelGraphMonitor,
    OutputMonitor,
    Probe,
    WeightMonitor,
)

EPOCHS = 15
METHODS = ["deeplift", "integrated_gradients", "saliency"]


def main() -> None:
    """Trains the runs "clean" and "shortcut" below the log directory."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("logdir", nargs="?", default="runs", type=Path)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    # Lightning advises more workers; tensors in memory need none.
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
    data = fashion.load()
    for name in ("clean", "shortcut"):
        print(f"\nTraining the run '{name}':", flush=True)
        callbacks = monitors(probe(data))
        fashion.train(options.logdir, name, data, epochs=options.epochs, callbacks=callbacks)
    print(
        f"\nDone. Look at it with: tensorboard --logdir {options.logdir}\n"
        "and open http://localhost:6006/#tb_explain"
    )


def monitors(probe: Probe) -> list[Any]:
    """Returns what both runs are watched by."""
    return [
        GradCAMMonitor(["gradcam", "hirescam"], probe=probe),
        AttributionMonitor(METHODS, probe=probe),
        ExplanationQualityMonitor([*METHODS[:2], "gradcam"], probe=probe, every_n_epochs=5),
        ActivationMonitor(probe=probe),
        GradientMonitor(),
        WeightMonitor(),
        OutputMonitor(class_names=probe.class_names),
        ModelGraphMonitor(probe=probe),
    ]


def probe(data: fashion.Fashion) -> Probe:
    """Returns the probe that both runs share, so that they compare sample by sample."""
    return Probe(fashion.probe_samples(data), class_names=data.class_names)


if __name__ == "__main__":
    main()
