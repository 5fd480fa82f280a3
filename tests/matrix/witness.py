"""What a module sees of its own training, as plain numbers: records of training are checked by it.

It is a second, slower writing of what the monitors of gradients, weights and activations in
training record: numpy in float64, a tensor at a time. It knows `nets.Net`, and no monitor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from tb_explain import histograms, schema
from tests import toys

# Numbers are recorded in float32; what they are compared with is float64.
ROUNDING = 1e-6
# Of a tensor's largest value: what is left of sums that cancel depends on their order.
_CANCELLED = 1e-9
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_NEAR_ZERO = 0.01
_WHATS = {"gradients", "weights", "activations"}
_KINDS = {"layer_table", "layer_statistics", "layer_histograms"}


@dataclass
class Step:
    """Copies of what was there in a step, by name: outputs of layers, gradients, weights."""

    activations: dict[str, Tensor] = field(default_factory=dict)
    gradients: dict[str, Tensor | None] = field(default_factory=dict)
    before: dict[str, Tensor] = field(default_factory=dict)
    weights: dict[str, Tensor] = field(default_factory=dict)


def copies(
    module: nn.Module,
    value: Callable[[nn.Parameter], Tensor | None],
    among: Container[int] | None = None,
) -> dict[str, Any]:
    """Returns copies of `value` of each trained parameter, or of those with an id in `among`."""
    trained = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
    chosen = {name: value(p) for name, p in trained if among is None or id(p) in among}
    return {name: None if t is None else t.detach().clone() for name, t in chosen.items()}


def look_on(module: nn.Module, step: Step) -> list[RemovableHandle]:
    """Has the outputs of all layers copied into `step`, but those inside of compiled code."""

    def hook(name: str) -> Callable[..., None]:
        def keep(_layer: nn.Module, _args: object, result: object) -> None:
            output = result[0] if isinstance(result, tuple) else result
            step.activations[name] = output.detach().clone()

        return keep

    layers = [(name, layer) for name, layer in module.named_modules() if name]
    return [
        layer.register_forward_hook(hook(name))
        for name, layer in layers
        if "_orig_mod" not in name and not isinstance(layer, torch.jit.ScriptModule)
    ]


@dataclass(frozen=True)
class Described:
    """A tensor's statistics by name, its values as float32, and its largest magnitude."""

    statistics: Mapping[str, float]
    values: np.ndarray
    largest: float


def described(step: Step, what: str) -> Mapping[str, Described]:
    """Returns what a record of `what` says of each layer, or parameter, in a step."""
    if what == "activations":
        return {name: _of_output(output) for name, output in step.activations.items()}
    if what == "gradients":
        return {name: _of_gradient(g, step.before[name]) for name, g in step.gradients.items()}
    return {name: _of_weight(w, step.before[name]) for name, w in step.weights.items()}


def _of_output(output: Tensor) -> Described:
    values = _numbers(output)
    # Units are channels of images, and features of tokens.
    units = values.any(axis=(0, 2, 3) if values.ndim == 4 else tuple(range(values.ndim - 1)))
    quantiles = np.quantile(values.astype(np.float32).astype(float), _QUANTILES)
    return _described(
        values,
        min=values.min(),
        max=values.max(),
        **{f"q{round(100 * q):02d}": one for q, one in zip(_QUANTILES, quantiles, strict=True)},
        saturated=math.nan,  # no layer here has limits
        silent=1 - units.mean(),
        dead=0.0,  # not after so few steps
        sample_std=np.sqrt(values.var(axis=0).mean()),
    )


def _of_gradient(gradient: Tensor | None, weight: Tensor) -> Described:
    size = np.linalg.norm(_numbers(weight))
    if gradient is None:
        names = ("mean", "std", "max", "zeros", "nonfinite", "norm", "gradient_to_weight")
        return Described({**dict.fromkeys(names, math.nan), "weight_norm": size}, np.empty(0), 0.0)
    values = _numbers(gradient)
    norm = np.linalg.norm(values)
    ratio = norm / size if size > 0 else math.nan
    return _described(
        values,
        max=np.abs(values).max(),
        norm=norm,
        weight_norm=size,
        gradient_to_weight=ratio,
    )


def _of_weight(weight: Tensor, before: Tensor) -> Described:
    values, old = _numbers(weight), _numbers(before)
    magnitudes = np.abs(weight.cdouble().numpy())
    small = _NEAR_ZERO * np.sqrt((magnitudes**2).mean())
    update, norm = np.linalg.norm(values - old), np.linalg.norm(old)
    return _described(
        values,
        max=np.abs(values).max(),
        norm=np.linalg.norm(values),
        near_zero=(magnitudes < small).mean(),
        update_norm=update,
        update_to_weight=update / norm if norm > 0 else math.nan,
    )


def _described(values: np.ndarray, **further: float) -> Described:
    statistics = {
        "mean": values.mean(),
        "std": values.std(),
        "zeros": (values == 0).mean(),
        "nonfinite": (~np.isfinite(values)).sum(),
        **further,
    }
    return Described(statistics, values.astype(np.float32), float(np.abs(values).max()))


def _numbers(tensor: Tensor) -> np.ndarray:
    """Returns float64, dense, a complex number as two."""
    dense = tensor.to_dense() if tensor.is_sparse else tensor
    real = torch.view_as_real(dense) if dense.is_complex() else dense
    numbers: np.ndarray = real.double().numpy()
    return numbers


def of_training(records: Sequence[schema.Record]) -> set[str]:
    """Returns which monitors recorded what only training has: statistics of layers, of no probe."""
    return {
        record.monitor
        for record in records
        if record.kind == "layer_statistics"
        and record.fields.get("what") in _WHATS
        and record.fields.get("probe") is None
    }


def furthest(
    records: Sequence[schema.Record], steps: Mapping[int, Step], *, every_layer: bool = True
) -> float:
    """Returns how far a monitor's last record is from what was seen; infinite if it lacks any.

    Args:
      records: of one monitor.
      steps: what was seen, by step.
      every_layer: whether there is a row for each layer that was seen; else for some.
    """
    if not {record.kind for record in records} >= _KINDS:
        return math.inf
    table, found, counts = (
        toys.of_kind(list(records), kind)[-1]
        for kind in ("layer_table", "layer_statistics", "layer_histograms")
    )
    if found.step not in steps or counts.step != found.step or "values" not in found.arrays:
        return math.inf
    seen = {
        name.replace("_orig_mod.", ""): one
        for name, one in described(steps[found.step], found.fields["what"]).items()
    }
    names = [layer["name"] for layer in table.fields["layers"]]
    if not names or not set(names) <= set(seen) or (every_layer and set(names) != set(seen)):
        return math.inf
    wanted = [seen[name] for name in names]
    filters = [_filters_apart(one, seen) for one in toys.of_kind(list(records), "filters")[-1:]]
    return max(_statistics_apart(table, found, wanted), _counts_apart(counts, wanted), *filters)


def _filters_apart(record: schema.Record, seen: Mapping[str, Described]) -> float:
    values, scale = schema.quantise(seen[record.fields["layer"]].values, signed=True)
    same = np.array_equal(record.arrays["filters"], values)
    return 0.0 if same and np.array_equal(record.arrays["filters.scale"], scale) else math.inf


def _statistics_apart(
    table: schema.Record, found: schema.Record, wanted: Sequence[Described]
) -> float:
    names = [one["name"] for one in table.fields["statistics"]]
    if any(set(names) != set(seen.statistics) for seen in wanted):
        return math.inf
    rows = zip(found.arrays["values"].tolist(), wanted, strict=True)
    return max(
        _apart(value, seen.statistics[name], seen.largest)
        for row, seen in rows
        for name, value in zip(names, row, strict=True)
    )


def _apart(found: float, wanted: float, largest: float) -> float:
    if math.isnan(found) and math.isnan(wanted):
        return 0.0
    if not math.isfinite(found) or not math.isfinite(wanted):
        return math.inf
    apart = abs(found - wanted)
    if apart <= ROUNDING * abs(wanted) + _CANCELLED * largest:
        return 0.0
    return apart / max(abs(wanted), _CANCELLED * largest, 1e-30)


def _counts_apart(record: schema.Record, wanted: Sequence[Described]) -> float:
    bits = record.fields["mantissa_bits"]
    found = histograms.decode(record.arrays["bins"], record.arrays["ends"], bits)
    plain = np.stack([counts_of(one.values, bits) for one in wanted])
    if found.shape != plain.shape:
        return math.inf
    return float(np.abs(found - plain).sum() / max(1, plain.sum()))


def counts_of(values: np.ndarray, bits: int) -> np.ndarray:
    """Returns int64 [bins]: how many of the values, all finite, are between a bin's edges."""
    zero = histograms.zero_bin(bits)
    lower = histograms.bin_edges(bits)[zero + 1 : -1, 0]
    flat = values.astype(np.float64).ravel()
    places = zero + np.sign(flat) * np.searchsorted(lower, np.abs(flat), side="right")
    counts: np.ndarray = np.bincount(places.astype(int), minlength=histograms.bin_count(bits))
    return counts
