"""The situations, in the order of the table's rows: how a training can differ from a plain one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from pytorch_lightning.callbacks import WeightAveraging
from pytorch_lightning.plugins.precision import MixedPrecision
from torch.optim.swa_utils import get_ema_avg_fn

from tests.matrix import models
from tests.matrix.monitors import RUNNING
from tests.matrix.nets import Classifier

# What refusals say, by the word that stands for them in the table.
REFUSALS: Mapping[str, str] = {
    "compiled": "compiled",
    "checkpoint": "torch.utils.checkpoint in eval mode too",
    "reentrant": "use_reentrant=True in eval mode too",
    "no layer": "No layer reaches the output",
    "quantised": "weights of a quantised type",
    "float16": "needs more digits than float16",
}
MIXED = {"outputs": 0.02, "explain()": 0.02}


def plainly(module: Any, weights: Mapping[str, Any]) -> Any:  # as `itself`
    """Returns the same weights in a plain model, in float32."""
    plain = Classifier()
    plain.load_state_dict({name.replace("_orig_mod.", ""): w for name, w in weights.items()})
    return plain


def itself(module: Any, weights: Mapping[str, Any]) -> Any:
    """Returns a copy of the model, where there is no plainer one."""
    same = copy.deepcopy(module)
    same.load_state_dict(weights)
    return same


def _scripted(_module: Any, weights: Mapping[str, Any]) -> Any:
    # Copies of scripted parameters are none.
    again = models.scripted()
    again.load_state_dict(weights)
    return again


@dataclass(frozen=True)
class Case:
    """One situation.

    Attributes:
      title: in the table.
      build: makes the LightningModule.
      fitted: what of it is handed to `fit`.
      trainer: arguments of the Trainer; a function makes those that are used once.
      before: callbacks ahead of the monitors.
      after: callbacks behind them.
      plain: what the records are compared with: the same weights in plain float32, eagerly.
      tolerances: by which records of a monitor may differ from those, relative to the largest
        value; others are the same bit for bit.
      refused: by monitor, the note of `REFUSALS` that its refusal is an instance of.
      chosen_otherwise: whether `explain()` takes other monitors here than of the plain model.
      needs: a package that may not be there.
    """

    title: str
    build: Callable[[], Any] = Classifier
    fitted: Callable[[Any], Any] = lambda module: module
    trainer: Callable[[], Mapping[str, Any]] = dict
    before: Callable[[], Sequence[Any]] = list
    after: Callable[[], Sequence[Any]] = list
    plain: Callable[[Any, Mapping[str, Any]], Any] = plainly
    tolerances: Mapping[str, float] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    chosen_otherwise: bool = False
    needs: str | None = None


def _precision(name: str) -> Callable[[], Mapping[str, Any]]:
    return lambda: {"precision": name}


def _scaled() -> Mapping[str, Any]:
    # Lightning itself takes bfloat16 for float16 on a CPU; as a plug-in it can be had.
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    return {"plugins": [MixedPrecision("16-mixed", "cpu", scaler)]}


def _average() -> list[Any]:
    return [WeightAveraging(avg_fn=get_ema_avg_fn(0.5))]


def in_half(tolerance: float, **others: float) -> Mapping[str, float]:
    """Returns tolerances of all that runs the model; what only reads is exact."""
    return {**dict.fromkeys(RUNNING, tolerance), **others}


CASES: Mapping[str, Case] = {
    "float32": Case("plain float32"),
    "accumulation": Case(
        "gradient accumulation, clipping",
        trainer=lambda: {"accumulate_grad_batches": 2, "gradient_clip_val": 0.1},
    ),
    "bf16-mixed": Case("bf16-mixed", trainer=_precision("bf16-mixed"), tolerances=MIXED),
    "16-mixed": Case("16-mixed, GradScaler", trainer=_scaled, tolerances=MIXED),
    "scaler": Case("GradScaler by hand, manual optimization", models.ScaledByHand),
    "bf16-true": Case(
        "bf16-true", trainer=_precision("bf16-true"), tolerances=in_half(0.1, attributions=0.25),
        chosen_otherwise=True,
    ),
    "16-true": Case(
        "16-true", trainer=_precision("16-true"), tolerances=in_half(0.1, attributions=0.25),
        refused={
            "attributions": "float16", "global attributions": "float16",
        },
        chosen_otherwise=True,
    ),
    "64-true": Case("64-true", trainer=_precision("64-true"), tolerances=in_half(1e-4)),
    "compiled": Case(
        "`torch.compile(module)`", fitted=lambda m: torch.compile(m, backend="aot_eager"),
        refused={"activations in training": "compiled", "outputs": "compiled"},
        chosen_otherwise=True,
    ),
    "compiled net": Case("`torch.compile` of a part", models.compiled_part),
    "compiled in place": Case(
        "`module.compile()`", models.compiled_in_place,
        refused={
            "activations in training": "compiled", "outputs": "compiled", "explain()": "compiled",
        },
    ),
    "channels_last": Case("channels_last", models.channels_last, tolerances=in_half(1e-2)),
    "averaged before": Case("WeightAveraging before the monitors", before=_average),
    "averaged after": Case("WeightAveraging after the monitors", after=_average),
    "checkpointing": Case(
        "checkpointing, `use_reentrant=False`", models.Checkpointed,
        refused={"attention": "checkpoint", "explain()": "checkpoint"},
    ),
    "reentrant": Case(
        "checkpointing, `use_reentrant=True`", lambda: models.Checkpointed(reentrant=True),
        refused={
            "Grad-CAM": "no layer", "attributions": "reentrant", "quality": "reentrant",
            "global attributions": "reentrant", "sensitivity of channels": "reentrant",
            "attention": "reentrant", "explain()": "reentrant",
        },
        chosen_otherwise=True,
    ),
    "lora": Case("LoRA by hand", models.with_lora, plain=itself),
    "peft": Case("LoRA of peft", models.with_peft, plain=itself, needs="peft"),
    "tied": Case("tied weights", models.tied, plain=itself),
    "int8": Case(
        "frozen int8 weights under LoRA", lambda: models.quantised("weights"), plain=itself,
        refused=dict.fromkeys(("sensitivity", "sensitivity of channels"), "quantised"),
        needs="torchao",
    ),
    "int8 dynamic": Case(
        "frozen dynamic int8 under LoRA", lambda: models.quantised("dynamic"), plain=itself,
        refused={"sensitivity": "quantised"}, needs="torchao",
    ),
    "observed": Case(
        "quantisation-aware training (torch.ao)", models.observed, plain=itself,
        tolerances=in_half(0.1), chosen_otherwise=True,
    ),
    "frozen": Case("frozen parts, BatchNorm in eval mode", models.Frozen, plain=itself),
    "two optimizers": Case("manual optimization, two optimizers", models.TwoOptimizers),
    "weight norm": Case("weight norm", models.weight_normed, plain=itself),
    "spectral norm": Case("spectral norm", models.spectral_normed, plain=itself),
    "sparse": Case("sparse gradients", models.sparse, plain=itself),
    "complex": Case("complex parameters", models.with_complex, plain=itself),
    "lazy": Case(
        "lazily initialised modules", models.lazy, plain=itself,
        trainer=lambda: {"num_sanity_val_steps": 0}, chosen_otherwise=True,
    ),
    "scripted": Case("a scripted part", models.scripted, plain=_scripted),
    "meta": Case("made on the meta device, `configure_model`", models.Configured),
}  # fmt: skip
