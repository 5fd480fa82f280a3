"""Writes event files with invented but well-formed sensitivities and plans, without torch.

    python -m tests.synthetic_sensitivity LOGDIR [--epochs 12 --runs 2]

The net is a ResNet-20. Estimates are drawn near the figures of the exact scans, sensitivities
settle while it trains, one layer is not measured, and small changes drown in their error.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tb_explain import schema
from tb_explain.planning import Sensitivity, Unit
from tb_explain.planning.sensitivity import to_record
from tests.synthetic_resnet import GROUPS, group_layers, group_units, weight_units
from tests.synthetic_runs import RecordWriter

SAMPLES = 512
STEPS_PER_EPOCH = 100
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# Levels and their names, by edit; how deep each cuts, from 0 to 1.
LEVELS: dict[str, tuple[tuple[float, ...], tuple[str, ...], tuple[float, ...]]] = {
    "unstructured": (SHARES, tuple(f"{100 * s:.0f} %" for s in SHARES), SHARES),
    "channel": (SHARES[:-1], tuple(f"{100 * s:.1f} %" for s in SHARES[:-1]), SHARES[:-1]),
    "n:m": ((0.5, 0.75), ("2:4", "2:8"), (0.4, 0.7)),
    "bits": (
        (8, 7, 6, 5, 4, 3, 2),
        tuple(f"{b} bits" for b in (8, 7, 6, 5, 4, 3, 2)),
        (0.01, 0.03, 0.07, 0.15, 0.3, 0.5, 0.85),
    ),
}


@dataclass(frozen=True)
class SensitivityShape:
    """How much a synthetic run holds."""

    epochs: int = 12
    exact_every: int = 4
    edits: Sequence[str] = ("unstructured", "channel", "bits")
    plans: bool = True

    def is_exact(self, epoch: int) -> bool:
        """Whether the record after `epoch` is a scan, not an estimate."""
        return (epoch + 1) % self.exact_every == 0 or epoch == self.epochs - 1

    @property
    def last_step(self) -> int:
        """Optimizer steps of the whole run."""
        return self.epochs * STEPS_PER_EPOCH


def write_sensitivities(
    run_dir: Path, shape: SensitivityShape | None = None, *, seed: int = 0
) -> None:
    """Writes one run."""
    shape = shape or SensitivityShape()
    writer = RecordWriter(run_dir)
    for epoch in range(-1, shape.epochs):
        records = [record(shape, edit, epoch, seed) for edit in shape.edits]
        if shape.plans:
            records += list(_plans(shape, epoch, seed))
        writer.write(*records, wall_time=1.8e9 + 60 * epoch)
    writer.close()


def record(shape: SensitivityShape, edit: str, epoch: int, seed: int) -> schema.Record:
    """Returns what the monitor of `edit` writes after `epoch`."""
    fields, arrays = to_record(sensitivity(shape, edit, epoch, seed))
    exact = shape.is_exact(epoch)
    status = {
        "probe": None,
        "cost_ms": 2400.0 if exact else 160.0,
        "overhead": 0.018,
        "every": f"estimates every epoch, exact every {shape.exact_every} epochs",
        "weights": "raw",
        "notes": [],
        "gap": None,
    }
    fields = json.loads(json.dumps({**status, **fields}))
    step = (epoch + 1) * STEPS_PER_EPOCH
    monitor = "sensitivity" if edit == "unstructured" else f"sensitivity_{edit.replace(':', '_')}"
    return schema.Record("sensitivity", monitor, step, epoch, epoch + 2, fields, arrays)


def sensitivity(shape: SensitivityShape, edit: str, epoch: int, seed: int) -> Sensitivity:
    """Returns what a scan, or an estimate, found after `epoch`."""
    units = group_units() if edit == "channel" else weight_units()
    levels, names, depth = LEVELS[edit]
    kl = _divergences(units, np.array(depth), epoch, shape.epochs, seed)
    found = Sensitivity(
        edit=edit,
        units=units,
        levels=np.array(levels, np.float64),
        level_names=names,
        samples=SAMPLES,
        values={},
        errors={},
        dense={"loss": 2.3 * 0.3 ** (0.2 * (epoch + 1)), "metric": _accuracy(epoch, seed)},
        removed=_removed(units, levels) if edit not in ("bits", "clusters") else None,
        stored_bits=_stored(units, levels) if edit in ("bits", "clusters") else None,
        layers=group_layers() if edit == "channel" else (),
    )
    if edit == "unstructured":
        found = _with_counts(found, seed)
    return _measured(found, kl, seed, epoch) if shape.is_exact(epoch) else _estimated(found, kl)


def _divergences(
    units: Sequence[Unit], depth: np.ndarray, epoch: int, epochs: int, seed: int
) -> np.ndarray:
    """KL of each unit and level: what the net will look like shows ever more as it trains."""
    final = np.random.default_rng(7).normal(size=len(units))
    first = np.random.default_rng(seed).normal(size=len(units))
    done = ((epoch + 1) / epochs) ** 0.5
    sizes = np.array([unit.parameters for unit in units])
    spread = (1 - done) * first + done * final - 0.35 * np.log(sizes / sizes.mean())
    strength = 0.15 * (0.1 + done) * np.exp(1.1 * spread)
    return np.outer(strength, np.expm1(5 * depth) * depth / 20)


def _measured(found: Sensitivity, kl: np.ndarray, seed: int, epoch: int) -> Sensitivity:
    """A scan: with loss, accuracy and errors, and one layer that it had no time for."""
    rng = np.random.default_rng([seed, epoch + 1])
    noise = 4e-4 + 0.12 * kl
    loss = 0.8 * kl + noise * rng.normal(size=kl.shape) - 2e-4
    metric = -0.25 * (1 - np.exp(-1.5 * kl)) + 0.15 * noise * rng.normal(size=kl.shape)
    batch = kl * np.exp(0.15 * rng.normal(size=kl.shape)) * 0.6
    values = {"kl": kl, "kl_batch": batch, "loss": loss, "metric": metric}
    errors = {"kl": 0.1 * kl + 2e-4, "kl_batch": 0.1 * batch + 1e-4}
    errors |= {"loss": noise, "metric": 0.2 * noise + 1e-3}
    if epoch == 3:
        for array in values.values():
            array[-4] = np.nan
    repaired = np.clip(0.9 - 0.5 * found.levels[None] / found.levels.max() + 0 * kl, 0, 1)
    more = {"repaired": repaired} if found.edit == "unstructured" else {}
    return replace(found, values=values, errors=errors, **more)


def _estimated(found: Sensitivity, kl: np.ndarray) -> Sensitivity:
    wrong = np.random.default_rng(3).normal(size=kl.shape)
    values = {"kl": kl * np.exp(0.45 * wrong)}
    errors = {"kl": 0.2 * values["kl"]}
    correlation = {"overall": 0.982, "across": 0.913}
    return replace(
        found, values=values, errors=errors, estimate="output_fisher", correlation=correlation
    )


def _accuracy(epoch: int, seed: int) -> float:
    return 0.1 + 0.81 * (1 - 0.6 ** (epoch + 1)) - 0.01 * seed


def _removed(units: Sequence[Unit], levels: Sequence[float]) -> np.ndarray:
    return np.array([[round(level * unit.size) for level in levels] for unit in units], np.int64)


def _stored(units: Sequence[Unit], levels: Sequence[float]) -> np.ndarray:
    return np.array([[bits * unit.parameters + 320 for bits in levels] for unit in units], float)


def _with_counts(found: Sensitivity, seed: int) -> Sensitivity:
    """What ranking all weights by size takes from each layer at rising shares of all."""
    shares = np.linspace(0.05, 0.95, 19)
    sizes = np.array([unit.size for unit in found.units])
    counts = {}
    for place, name in enumerate(("global_magnitude", "lamp")):
        lean = 0.5 * np.random.default_rng([seed, place]).normal(size=len(sizes))
        counts[name] = np.array([_removed_by_rank(sizes, share, lean) for share in shares])
    return replace(found, shares=shares, counts=counts)


def _removed_by_rank(sizes: np.ndarray, share: float, lean: np.ndarray) -> np.ndarray:
    """Returns int64 [U] whose sum is `share` of all, by bisection on a common threshold."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        cut = sizes / (1 + np.exp(-(middle + lean)))
        low, high = (middle, high) if cut.sum() < share * sizes.sum() else (low, middle)
    return np.rint(cut).astype(np.int64)


def _plans(shape: SensitivityShape, epoch: int, seed: int) -> Iterator[schema.Record]:
    stages = {
        shape.epochs - 3: "planned",
        shape.epochs - 2: "applied",
        shape.epochs - 1: "finished",
    }
    if epoch in stages:
        step = (epoch + 1) * STEPS_PER_EPOCH
        order = list(stages).index(epoch) + 1
        fields = plan_fields(stages[epoch], seed)
        yield schema.Record("plan", "shrink-to-plan", step, epoch, order, fields)


def plan_fields(stage: str, seed: int) -> dict[str, Any]:
    """Returns the fields of a plan at `stage`: channels, at half of the multiply-adds."""
    kept = [16, 8, 16, 8, 24, 16, 24, 32, 56, 40, 24, 64]
    units = [
        {"name": name, "size": size, "cut": size - left, "level": 1 - left / size}
        for (name, size, _), left in zip(
            GROUPS, np.minimum(kept, [g[1] for g in GROUPS]), strict=True
        )
    ]
    units = [{**unit, "cut": int(unit["cut"]), "level": float(unit["level"])} for unit in units]
    measured = {"samples": SAMPLES, "recalibrated": True, "parameters": 139_000, "macs": 20_300_000}
    figures = {"joint": (0.10, 0.22, 0.83), "sensitivity": (0.12, 0.28, 0.80)}
    figures |= {"uniform": (0.31, 0.61, 0.70)}
    candidates = [
        {
            "allocator": name,
            "predicted": {"kl": predicted, "macs": 20_300_000.0, "macs_kept": 0.4998},
            "verified": {"kl": kl, "loss": 0.5 * kl, "metric": metric - 0.01 * seed, **measured},
        }
        for name, (predicted, kl, metric) in figures.items()
    ]
    plan = {
        "format": "tb-explain plan",
        "version": 1,
        "edit": "channel",
        "allocator": "joint",
        "budget": {"of": "macs", "keep": 0.5},
        "units": units,
        "constraints": {
            "keep_first": False,
            "keep_last": True,
            "multiple_of": 8,
            "minimum": 8,
            "frozen": [],
        },
        "predicted": candidates[0]["predicted"],
        "verified": candidates[0]["verified"] if stage != "planned" else None,
        "source": {"monitor": "sensitivity_channel", "step": 900, "epoch": 8, "samples": SAMPLES},
    }
    before = {"metric": 0.912 - 0.01 * seed, "loss": 0.27, "parameters": 272_474}
    before |= {"macs": 40_600_000, "seconds": 0.0118, "bytes": 1_135_000}
    after = {**before, "metric": 0.889 - 0.009 * seed, "loss": 0.34, "parameters": 139_012}
    after |= {"macs": 20_290_000, "seconds": 0.0055, "bytes": 590_000}
    return {
        "probe": None,
        "cost_ms": 5200.0,
        "overhead": None,
        "every": "once",
        "weights": "raw",
        "notes": [],
        "gap": None,
        "stage": stage,
        "plan": plan,
        "candidates": candidates,
        "before": before,
        "after": after if stage == "finished" else None,
    }


def main() -> None:
    """Writes the runs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logdir", type=Path)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--runs", type=int, default=2)
    asked = parser.parse_args()
    shape = SensitivityShape(epochs=asked.epochs, edits=tuple(LEVELS))
    for seed, name in zip(range(asked.runs), ("clean", "shortcut", "wide", "deep"), strict=False):
        write_sensitivities(asked.logdir / name, shape, seed=seed)


if __name__ == "__main__":
    main()
