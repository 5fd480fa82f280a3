"""Writes event files with invented but well-formed records of outputs, without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tb_explain import schema
from tests.synthetic_attention import status
from tests.synthetic_runs import CLASS_NAMES, RecordWriter

BINS = 15


def write_outputs_run(
    run_dir: Path, *, task: str = "classification", classes: int = 8, epochs: int = 6, seed: int = 0
) -> None:
    """Writes one run whose outputs grow better, and too sure of themselves, with training."""
    writer = RecordWriter(run_dir)
    for epoch in range(epochs):
        record = outputs_record(epoch, task=task, classes=classes, seed=seed)
        writer.write(record, wall_time=1.8e9 + 60.0 * epoch)
    writer.close()


def outputs_record(
    epoch: int, *, task: str = "classification", classes: int = 8, seed: int = 0
) -> schema.Record:
    """Returns what an output monitor records after `epoch`."""
    generator = np.random.default_rng([seed, epoch])
    if task == "classification":
        arrays, measures = _classification(generator, epoch, classes)
    else:
        arrays, measures = _regression(generator, epoch)
    named = task == "classification" and classes <= len(CLASS_NAMES)
    fields = {
        **status(),
        "task": task,
        "samples": 2000,
        "class_names": list(CLASS_NAMES[:classes]) if named else None,
        "measures": measures,
    }
    step = 50 * (epoch + 1)
    return schema.Record("outputs", "outputs", step, epoch, epoch + 1, fields, arrays)


def _classification(
    generator: np.random.Generator, epoch: int, classes: int
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    truth = generator.integers(0, classes, 2000)
    logits = generator.normal(size=(2000, classes))
    logits[np.arange(2000), truth] += 0.6 * (epoch + 1)
    sharp = 1 + 0.3 * epoch
    scores = np.exp(sharp * logits) / np.exp(sharp * logits).sum(1, keepdims=True)
    predicted, confidence = scores.argmax(1), scores.max(1)
    right = predicted == truth
    place = np.minimum(BINS - 1, (confidence * BINS).astype(int))
    count = np.bincount(place, minlength=BINS)
    with np.errstate(invalid="ignore"):
        sure = np.bincount(place, confidence, BINS) / count
        accuracy = np.bincount(place, right, BINS) / count
    pairs, times = np.unique(truth * classes + predicted, return_counts=True)
    arrays = {
        "bin_count": count.astype(np.int32),
        "bin_confidence": sure.astype(np.float32),
        "bin_accuracy": accuracy.astype(np.float32),
        "confidence": np.stack(
            [np.bincount(place[right == of], minlength=BINS) for of in (False, True)]
        ).astype(np.int32),
    }
    if classes <= 64:
        matrix = np.zeros(classes * classes, np.int32)
        matrix[pairs] = times
        arrays["confusion"] = matrix.reshape(classes, classes)
    else:
        wrong = pairs // classes != pairs % classes
        order = np.argsort(-times[wrong])[:20]
        found = np.stack([pairs[wrong] // classes, pairs[wrong] % classes, times[wrong]], 1)
        arrays["confused"] = found[order].astype(np.int32)
    ece = float(np.nansum(count * np.abs(sure - accuracy)) / count.sum())
    nll = float(-np.log(scores[np.arange(2000), truth]).mean())
    return arrays, {"accuracy": float(right.mean()), "ece": ece, "nll": nll}


def _regression(
    generator: np.random.Generator, epoch: int
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    truth = generator.normal(size=2000)
    share = (epoch + 1) / (epoch + 3)
    prediction = share * truth + (1 - share) * generator.normal(size=2000)
    residuals = prediction - truth
    counts, edges = np.histogram(residuals, 30, range=(-3, 3))
    joint, truth_edges, _ = np.histogram2d(truth, prediction, 30, range=((-3, 3), (-3, 3)))
    arrays = {
        "residuals": counts.astype(np.int32),
        "edges": edges.astype(np.float32),
        "residual_quantiles": np.quantile(residuals, (0.05, 0.25, 0.5, 0.75, 0.95)).astype(
            np.float32
        ),
        "truth_edges": truth_edges.astype(np.float32),
        "joint": joint.astype(np.int32),
    }
    error = float(np.sqrt((residuals**2).mean()))
    r2 = 1 - float((residuals**2).sum() / (truth**2).sum())
    return arrays, {"mae": float(np.abs(residuals).mean()), "rmse": error, "r2": r2}
