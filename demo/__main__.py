"""Trains two models, one of which learns a shortcut, and records what each looks at and learns.

Usage: python -m demo [LOGDIR]
"""

from __future__ import annotations

from typing import Any

from demo import command_line, fashion
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
METHODS = ["deeplift", "integrated_gradients"]


def main() -> None:
    """Trains the runs "clean" and "shortcut" below the log directory."""
    options = command_line.options("demo", __doc__, epochs=EPOCHS)
    data = fashion.load()
    for name in ("clean", "shortcut"):
        print(f"\nTraining the run '{name}':", flush=True)
        callbacks = monitors(probe(data))
        fashion.train(options.logdir, name, data, epochs=options.epochs, callbacks=callbacks)
    command_line.say_done(options.logdir)


def monitors(probe: Probe) -> list[Any]:
    """Returns what both runs are watched by."""
    return [
        GradCAMMonitor(["gradcam", "hirescam"], probe=probe),
        AttributionMonitor(METHODS, probe=probe),
        ExplanationQualityMonitor([*METHODS, "gradcam"], probe=probe, every_n_epochs=5),
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
