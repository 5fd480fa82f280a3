"""Takes heads from the transformer that tells spam, and quantises what is left.

Usage: python -m demo.compress_text [LOGDIR]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from demo import command_line, spam
from lightning_callbacks import AttentionMonitor, AttributionMonitor, Probe, SensitivityMonitor
from lightning_callbacks.editing import (
    DistilFrom,
    Report,
    export,
    plan_jointly,
    quantise,
    shrink,
    verify_plan,
)
from lightning_callbacks.sensitivity import scan_sensitivity
from tb_explain.planning import Budget, Plan

EPOCHS = 6
FINE_TUNING = 2  # epochs
SAMPLES = 256  # test messages that plans and figures are measured on
# As many heads go as may change the outputs by this much, in nats.
ALLOWED = Budget("kl", 0.05)


def main() -> None:
    """Trains, cuts, teaches, quantises and exports."""
    options = command_line.options("demo.compress_text", __doc__, epochs=EPOCHS)
    plan, report = compress(options.logdir, spam.load(), epochs=options.epochs)
    cut = sum(unit.cut for unit in plan.units)
    heads = sum(unit.size for unit in plan.units)
    before, after = report.before, report.after
    was = "" if before is None else f"{before.metric:.1%} before, "
    command_line.say_done(
        options.logdir,
        f"{cut} of {heads} heads are cut, linear layers have 8 bits; {was}{after.metric:.1%} after",
    )


def compress(
    root: Path, data: spam.Spam, *, epochs: int, progress: bool = True
) -> tuple[Plan, Report]:
    """Trains the runs "spam" and "spam smaller" below `root`, and exports the second in int8."""
    dense, _ = spam.train(
        root, data, epochs=epochs, callbacks=watching(data), name="spam", progress=progress
    )
    samples = messages(data)
    sensitivity = scan_sensitivity(dense, samples, kind="heads")
    chosen = plan_jointly(dense, samples, sensitivity, ALLOWED).plan
    plan = verify_plan(dense, chosen, samples)
    smaller = shrink(dense, plan, samples)
    smaller, _ = spam.train(
        root,
        data,
        epochs=FINE_TUNING,
        callbacks=[DistilFrom(dense), *watching(data)],
        name="spam smaller",
        model=smaller,
        progress=progress,
    )
    int8 = quantise(smaller, [samples]).model
    folder = root / "spam smaller" / "exported"
    return plan, export(int8, folder, [samples], before=dense, plan=plan)


def watching(data: spam.Spam) -> list[Any]:
    """Returns what both runs are watched by."""
    shared = spam.probe(data)
    return [
        AttentionMonitor(samples=spam.SHOWN, probe=shared),
        AttributionMonitor("deeplift", targets=spam.SPAM, probe=shared, special=[spam.CLASS_ID]),
        SensitivityMonitor("heads", probe=Probe(messages(data), store_inputs="none")),
    ]


def messages(data: spam.Spam) -> dict[str, Tensor]:
    """Returns test messages with their labels."""
    ids, mask = data.encode(data.test_texts[:SAMPLES])
    return {"input_ids": ids, "attention_mask": mask, "label": data.test_labels[:SAMPLES]}


if __name__ == "__main__":
    main()
