"""Golden records of what can be cut: sensitivities of several edits, and plans."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tb_explain import schema
from tb_explain.planning import Budget, Constraints, Cut, Layer, Plan, Sensitivity, Unit
from tb_explain.planning.sensitivity import to_record

_KERNEL = Unit("conv.weight", "Conv2d", ["conv.weight"], 54, 54, 5400, 0.00025, [2, 3, 3, 3])
_MATRIX = Unit(
    "größe.<b>.weight", "Linear", ["größe.<b>.weight", "tied.weight"], 20, 20, 20, shape=[4, 5]
)
_GROUP = Unit("conv", "Conv2d", ["conv", "bn", "fc"], 6, 60, 5400, 0.00025)
_LAYERS = (
    Layer("conv", 54, 5400, 0.00025, 0, []),
    Layer("fc", 12, 12, float("nan"), None, [(0, 1.0)]),
)


def records() -> dict[str, schema.Record]:
    """Returns the golden records by name."""
    return {
        "v1_sensitivity": _record(_exact()),
        "v1_sensitivity_estimate": _record(_estimate()),
        "v1_sensitivity_channel": _record(_channel()),
        "v1_sensitivity_bits": _record(_bits()),
        "v1_sensitivity_gap": _gap(),
        "v1_plan": _plan("planned"),
        "v1_plan_finished": _plan("finished"),
    }


def _status(gap: str | None) -> dict[str, Any]:
    return {
        "probe": "c0ffee0123456789",
        "cost_ms": 1250.5,
        "overhead": 0.015625,
        "every": "every 10 epochs",
        "weights": "raw",
        "notes": ["2 layers are left for the next record"],
        "gap": gap,
    }


def _record(found: Sensitivity) -> schema.Record:
    fields, arrays = to_record(found)
    fields = json.loads(json.dumps({**_status(None), **fields}))  # lists, as a reader finds them
    return schema.Record("sensitivity", "sensitivity", 100, 0, 2, fields, arrays)


def _grid(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float64)


def _exact() -> Sensitivity:
    nan, inf = float("nan"), float("inf")
    kl = _grid([0.001, 0.5, inf], [nan, nan, nan])
    return Sensitivity(
        edit="unstructured",
        units=[_KERNEL, _MATRIX],
        levels=np.array([0.25, 0.5, 0.75]),
        level_names=["25 %", "50 %", "75 %"],
        samples=16,
        values={"kl": kl, "kl_batch": kl / 2, "loss": kl - 0.25, "metric": -kl / 8},
        errors=dict.fromkeys(("kl", "kl_batch", "loss", "metric"), kl / 16),
        dense={"loss": 0.75, "metric": 0.875},
        removed=np.array([[14, 27, 40], [5, 10, 15]], np.int64),
        shares=np.array([0.25, 0.5]),
        counts={
            "global_magnitude": np.array([[10, 20], [9, 17]], np.int64),
            "lamp": np.array([[12, 25], [7, 12]], np.int64),
        },
        repaired=_grid([0.5, 0.75, 0.25], [nan, nan, nan]),
    )


def _estimate() -> Sensitivity:
    kl = _grid([0.002, 0.25], [0.001, 0.125])
    return Sensitivity(
        edit="n:m",
        units=[_KERNEL, _MATRIX],
        levels=np.array([0.5, 0.75]),
        level_names=["2:4", "1:4"],
        samples=16,
        values={"kl": kl},
        errors={"kl": kl / 4},
        dense={"loss": 0.75, "metric": float("nan")},
        removed=np.array([[27, 40], [10, 15]], np.int64),
        estimate="output_fisher",
        correlation={"overall": 0.96875, "across": 0.875},
    )


def _channel() -> Sensitivity:
    kl = _grid([0.125, 0.5])
    return Sensitivity(
        edit="channel",
        units=[_GROUP],
        levels=np.array([0.5, 0.75]),
        level_names=["50 %", "75 %"],
        samples=16,
        values={"kl": kl},
        errors={"kl": kl / 8},
        dense={"loss": 0.75, "metric": 0.875},
        removed=np.array([[3, 4]], np.int64),
        layers=_LAYERS,
        mode="fused",
    )


def _bits() -> Sensitivity:
    kl = _grid([1e-6, 0.03125], [2e-6, 0.0625])
    return Sensitivity(
        edit="bits",
        units=[_KERNEL, _MATRIX],
        levels=np.array([8.0, 2.0]),
        level_names=["8 bits", "2 bits"],
        samples=16,
        values={"kl": kl},
        errors={"kl": kl / 8},
        dense={"loss": 0.75, "metric": 0.875},
        stored_bits=_grid([496.0, 172.0], [192.0, 72.0]),
    )


def _gap() -> schema.Record:
    gap = "RuntimeError: the replayed model differs from the recorded one"
    return schema.Record("sensitivity", "sensitivity", 200, 1, 3, _status(gap))


def _plan(stage: str) -> schema.Record:
    measured = {"kl": 0.75, "loss": 0.875, "metric": 0.5, "samples": 16, "recalibrated": True}
    finished = stage == "finished"
    plan = Plan(
        edit="unstructured",
        allocator="sensitivity",
        budget=Budget("parameters", 0.5),
        units=[Cut(_KERNEL.name, 54, 27, 0.5), Cut(_MATRIX.name, 20, 10, 0.5)],
        constraints=Constraints(keep_last=True, frozen=["fc.weight"]),
        predicted={"kl": 0.5, "parameters": 37.0, "parameters_kept": 0.5},
        verified=measured if finished else None,
        source={"monitor": "sensitivity", "step": 100, "epoch": 0, "samples": 16, "estimate": None},
    )
    costs = {"parameters": 74, "macs": 5420, "seconds": 0.0005, "bytes": 296}
    fields = {
        **_status(None),
        "stage": stage,
        "plan": json.loads(plan.to_json()),
        "candidates": [
            {"allocator": "sensitivity", "predicted": {"kl": 0.5}, "verified": measured},
            {"allocator": "uniform", "predicted": {"kl": 0.625}, "verified": None},
        ],
        "before": {"metric": 0.875, "loss": 0.75, **costs},
        "after": {"metric": 0.8125, "loss": None, **costs} if finished else None,
    }
    return schema.Record("plan", "prune", 100, 0, 1, fields)
