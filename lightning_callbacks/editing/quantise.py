"""`quantise`: a copy of a model that computes in int8 on the CPU.

Which of torch's ways serves depends on the model: "static" (FX graph mode: weights and activations
in int8, ranges from calibration samples) is the one that makes convolutions faster without a
compiler; "dynamic" (ranges of activations taken as they come) that for linear layers; "torchao"
keeps int8 weights in linear layers of models that the other two can't take. The first two are
deprecated in torch, and are still what is fastest there; measured in tests/benchmarks.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lightning_callbacks.batches import BatchKey, find_input, to_model
from lightning_callbacks.forwarding import keyword_arguments, run
from lightning_callbacks.guard import untouched
from lightning_callbacks.sensitivity.samples import inputs_listed

Method = Literal["auto", "static", "dynamic", "torchao"]
METHODS: Mapping[str, str] = {
    "static": "int8 weights and activations, ranges from calibration samples (torch FX)",
    "dynamic": "int8 weights of linear layers, ranges of activations as they come",
    "torchao": "int8 weights of linear layers by torchao",
}
_NEARLY_ALL = 0.9  # of the weights: no other method need be tried
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


class QuantiseError(RuntimeError):
    """The model can't be quantised so; the message says why and what else there is."""


@dataclass(frozen=True)
class Quantised:
    """A quantised copy.

    Attributes:
      model: on the CPU, in evaluation mode; called as the one it is of.
      method: by which it was made, a key of `METHODS`.
      share: of the weights that have 8 bits now.
      left: why other methods that were tried were not taken.
    """

    model: nn.Module
    method: str
    share: float
    left: Mapping[str, str]


def quantise(
    model: nn.Module,
    batches: Any,
    *,
    method: Method = "auto",
    input_key: BatchKey | None = None,
) -> Quantised:
    """Returns an int8 copy of `model`; the model itself stays as it is.

    Args:
      model: in float32; a LightningModule is called by its own forward.
      batches: calibration samples, some hundreds in all, as in training; "static" takes the ranges
        of activations from them, the others try the model on the first. (images, labels) are one
        batch; tensors that are alike, as of `images.split(64)`, a batch each.
      method: a key of `METHODS`; "auto": the one that gives most weights 8 bits; of equal ones
        "static" for a model with convolutions, "dynamic" for one without.
      input_key: where the input tensor of a batch is, if it isn't found.

    Raises:
      QuantiseError: no method works, or the one that was asked for does not.
      ValueError: the method is unknown, or there is no batch.
    """
    if method not in ("auto", *METHODS):
        raise ValueError(f"Unknown method {method!r}. Expect 'auto' or one of {list(METHODS)}.")
    with untouched(model) as module:
        plain = copy.deepcopy(module).cpu().float().eval()
        prepared = [to_model(batch, plain) for batch in inputs_listed(batches)]
    if not prepared:
        raise ValueError("batches=... is empty: quantising needs at least one batch.")
    names = _order(plain) if method == "auto" else [str(method)]
    made, left = _tried(names, plain, prepared, input_key)
    if made is None:
        reasons = "; ".join(f"{name}: {why}" for name, why in left.items())
        raise QuantiseError(
            f"{type(model).__name__} can't be quantised by {' or '.join(left)} ({reasons}). "
            f"Methods: {', '.join(METHODS)}."
        )
    return replace(made, left=left)


def _tried(
    names: list[str], plain: nn.Module, batches: list[Any], key: BatchKey | None
) -> tuple[Quantised | None, dict[str, str]]:
    """Returns the copy with most weights in 8 bits, and why the others were not taken."""
    best: Quantised | None = None
    left: dict[str, str] = {}
    for name in names:
        try:
            model = _made(name, plain, batches, key)
        except Exception as error:  # noqa: BLE001  # torch's tools raise all kinds
            left[name] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            continue
        share = 1 - _floats(model) / _floats(plain)
        if best is not None and share <= best.share:
            left[name] = f"gives 8 bits to {share:.0%} of the weights"
            continue
        if best is not None:
            left[best.method] = f"gives 8 bits to {best.share:.0%} of the weights"
        best = Quantised(model, name, share, {})
        if share > _NEARLY_ALL:
            break
    return best, left


def _floats(model: nn.Module) -> int:
    """Returns how many parameters are still ordinary ones."""
    kept = {id(p): p for p in model.parameters() if type(p.data) is Tensor}
    return sum(p.numel() for p in kept.values())


def _order(model: nn.Module) -> list[str]:
    has_convolutions = any(isinstance(module, _CONVOLUTIONS) for module in model.modules())
    first = "static" if has_convolutions else "dynamic"
    return [first, *(name for name in METHODS if name != first)]


def _made(name: str, plain: nn.Module, batches: list[Any], key: BatchKey | None) -> nn.Module:
    makers = {"static": _static, "dynamic": _dynamic, "torchao": _by_torchao}
    with _quietly(), torch.no_grad():
        made = makers[name](copy.deepcopy(plain), batches, key)
        run(made, batches[0], None, key)
    return made


@contextmanager
def _quietly() -> Iterator[None]:
    """Hides what torch says to authors of quantisation, which users can do nothing about."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*torch.ao.quantization is deprecated.*")
        warnings.filterwarnings("ignore", category=UserWarning)
        yield


def _static(model: nn.Module, batches: list[Any], key: BatchKey | None) -> nn.Module:
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    if not any(isinstance(module, (*_CONVOLUTIONS, nn.Linear)) for module in model.modules()):
        raise QuantiseError("there is no convolution or linear layer")
    engine = torch.backends.quantized.engine
    example = keyword_arguments(model, batches[0], key)
    inputs = tuple(example.values()) if example else (find_input(batches[0], key),)
    prepared = prepare_fx(model, get_default_qconfig_mapping(engine), inputs)
    for batch in batches:
        run(prepared, batch, None, key)
    made: nn.Module = convert_fx(prepared)
    return made


def _dynamic(model: nn.Module, _batches: list[Any], _key: BatchKey | None) -> nn.Module:
    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    if not any(type(module) is nn.Linear for module in model.modules()):
        raise QuantiseError("there is no linear layer")
    for module in model.modules():
        # Their fast path reads weights that are no tensors any more.
        if isinstance(module, nn.TransformerEncoderLayer):
            module.activation_relu_or_gelu = 0
        if isinstance(module, nn.TransformerEncoder):
            module.use_nested_tensor = False
    kinds = {nn.Linear: per_channel_dynamic_qconfig}
    made: nn.Module = quantize_dynamic(model, kinds)  # type: ignore[no-untyped-call]  # torch's
    return made


def _by_torchao(model: nn.Module, _batches: list[Any], _key: BatchKey | None) -> nn.Module:
    try:
        from torchao.quantization import Int8WeightOnlyConfig, quantize_
    except ImportError as error:
        raise QuantiseError("torchao is not installed: pip install tb-explain[edit]") from error
    if not any(type(module) is nn.Linear for module in model.modules()):
        raise QuantiseError("there is no linear layer")
    quantize_(model, Int8WeightOnlyConfig())
    return model
