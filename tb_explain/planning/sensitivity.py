"""What a scan found: how much the model changes, unit by unit and level by level.

Numpy only: the scan makes it, records carry it, plans follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from tb_explain import schema

# What a level of each edit counts, and whether a larger level cuts deeper.
EDITS: Mapping[str, str] = {
    "unstructured": "share of weights set to zero, the smallest first",
    "channel": "share of a group's channels removed",
    "heads": "share of an attention's heads removed",
    "n:m": "share of zeros in every m neighbours along the inputs",
    "bits": "bits of a weight",
    "clusters": "values that weights share",
}
REMOVALS = ("unstructured", "channel", "heads", "n:m")
MEASURES = ("loss", "metric", "kl", "kl_batch")


@dataclass(frozen=True)
class Unit:
    """What is edited as one: a parameter, a group of coupled channels, an attention's heads.

    Attributes:
      name: unique; a parameter's name ("conv1.weight"), or of the first layer of a group.
      type: class of its module.
      members: names of all parameters (or layers, of a group) that change.
      size: what there is to remove: weights, channels or heads.
      parameters: weights in it.
      macs: multiply-adds per sample of its layers, unedited.
      seconds: measured time of its layers per sample, unedited; NaN where not measured.
      shape: of the parameter, output axis first; empty for groups and heads.
    """

    name: str
    type: str
    members: Sequence[str]
    size: int
    parameters: int
    macs: int
    seconds: float = float("nan")
    shape: Sequence[int] = ()


@dataclass(frozen=True)
class Layer:
    """How a layer's cost follows from the widths of channel groups: for "channel" and "heads".

    Attributes:
      name: of the module.
      parameters: unedited.
      macs: per sample, unedited.
      seconds: per sample, unedited, measured; NaN where not measured.
      out: index of the unit that its output channels belong to; None: they stay.
      ins: (index of a unit, share of its input channels that belong to that unit); the rest stays.
        A depthwise layer has an `out` alone.
    """

    name: str
    parameters: int
    macs: int
    seconds: float
    out: int | None
    ins: Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Sensitivity:
    """Changes of U units at K levels, each against the unedited model on the same samples.

    Attributes:
      edit: a key of `EDITS`.
      units: [U].
      levels: float64 [K], see `EDITS`.
      level_names: [K], as "50 %" or "2:4".
      samples: how many it was measured on.
      values: by measure, float64 [U, K]; NaN where not measured. "loss" and "metric": mean after
        minus mean before; "kl": mean over samples of KL(unedited || edited) in nats (regression:
        mean squared difference over the variance of the unedited outputs); "kl_batch": the same
        with BatchNorm behind the edit in batch statistics.
      errors: standard errors of these, from paired differences.
      dense: of the unedited model: "loss" and "metric".
      metric: name of the metric; larger is better.
      removed: int64 [U, K], how many of a unit's `size` are removed; None for "bits", "clusters".
      stored_bits: float64 [U, K], what the unit takes in a file; for "bits" and "clusters" only.
      layers: see `Layer`; empty for the other edits.
      shares: float64 [G], rising shares of all weights removed, of `counts`; empty for others
        than "unstructured".
      counts: by allocator that needs the weights ("global_magnitude", "lamp"), int64 [G, U]: how
        many weights of each unit it removes at each share.
      estimate: name of the estimate, as "output_fisher"; None: measured exactly.
      mode: of an exact scan: "bitwise", "fused" or "bf16".
      correlation: of an estimate with the last exact scan, Spearman's: "overall", and "across"
        (mean over levels, across units); empty where there is none.
      repaired: float64 [U, K], 1 - KL after / KL before the unit's own weights are refitted; None:
        not measured.
    """

    edit: str
    units: Sequence[Unit]
    levels: np.ndarray
    level_names: Sequence[str]
    samples: int
    values: Mapping[str, np.ndarray]
    errors: Mapping[str, np.ndarray]
    dense: Mapping[str, float]
    metric: str = "accuracy"
    removed: np.ndarray | None = None
    stored_bits: np.ndarray | None = None
    layers: Sequence[Layer] = ()
    shares: np.ndarray = field(default_factory=lambda: np.zeros(0))
    counts: Mapping[str, np.ndarray] = field(default_factory=dict)
    estimate: str | None = None
    mode: str = "bitwise"
    correlation: Mapping[str, float] = field(default_factory=dict)
    repaired: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.edit not in EDITS:
            raise ValueError(f"Unknown edit {self.edit!r}. Expect one of {list(EDITS)}.")
        shape = (len(self.units), len(self.levels))
        for name, array in [*self.values.items(), *self.errors.items()]:
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}; expect [units, levels] {shape}.")

    @property
    def damage(self) -> np.ndarray:
        """float64 [U, K]: what plans are made on: KL in batch statistics where measured.

        NaN also where it is infinite: no plan goes there.
        """
        plain = self.values.get("kl", self.values.get("kl_batch"))
        if plain is None:
            raise ValueError("Plans need KL divergences, and none was measured.")
        batch = self.values.get("kl_batch", plain)
        found = np.where(np.isnan(batch), plain, batch)
        return np.where(np.isinf(found), np.nan, found)


def to_record(sensitivity: Sensitivity) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Returns the JSON fields and the arrays of a record of kind "sensitivity"."""
    arrays = {"levels": sensitivity.levels, "shares": sensitivity.shares}
    for name in MEASURES:
        if name in sensitivity.values:
            arrays[name] = sensitivity.values[name]
            arrays[f"{name}.error"] = sensitivity.errors[name]
    for name, counts in sensitivity.counts.items():
        arrays[f"counts.{name}"] = counts
    for name in ("removed", "stored_bits", "repaired"):
        if (array := getattr(sensitivity, name)) is not None:
            arrays[name] = array
    plain = ("edit", "samples", "metric", "estimate", "mode")
    header = {
        **{name: getattr(sensitivity, name) for name in plain},
        "units": [_without_nan(asdict(unit)) for unit in sensitivity.units],
        "layers": [_without_nan(asdict(layer)) for layer in sensitivity.layers],
        "level_names": list(sensitivity.level_names),
        "dense": _without_nan(sensitivity.dense),
        "correlation": _without_nan(sensitivity.correlation),
    }
    return header, arrays


def from_record(record: schema.Record) -> Sensitivity:
    """Returns what `to_record` was given.

    Raises:
      schema.RecordError: a field or an array is missing or of the wrong shape.
    """
    arrays = record.arrays
    try:
        values = {name: arrays[name] for name in MEASURES if name in arrays}
        names = {one.name for one in fields(Sensitivity)} & set(record.fields)
        header = {name: record.fields[name] for name in names - {"units", "layers"}}
        return Sensitivity(
            **{**header, "dense": _with_nan(header["dense"])},
            units=[Unit(**_with_nan(unit)) for unit in record.fields["units"]],
            layers=[Layer(**_with_nan(layer)) for layer in record.fields["layers"]],
            levels=arrays["levels"],
            shares=arrays["shares"],
            values=values,
            errors={name: arrays[f"{name}.error"] for name in values},
            counts={n.removeprefix("counts."): a for n, a in arrays.items() if "counts." in n},
            removed=arrays.get("removed"),
            stored_bits=arrays.get("stored_bits"),
            repaired=arrays.get("repaired"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise schema.RecordError(f"Not a record of a sensitivity: {error!r}") from error


def _without_nan(numbers: Mapping[str, Any]) -> dict[str, Any]:
    # JSON has no NaN; null stands for what was not measured.
    return {name: None if value != value else value for name, value in numbers.items()}  # noqa: PLR0124


def _with_nan(numbers: Mapping[str, Any]) -> dict[str, Any]:
    measured = ("seconds", "loss", "metric")
    return {
        name: float("nan") if value is None and name in measured else value
        for name, value in numbers.items()
    }
