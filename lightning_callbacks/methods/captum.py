"""Captum's attribution classes as methods: the long tail, and whatever a user has built.

They run inside the guard, on the same functions, baselines and features as our own.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import captum.attr
import torch
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import Tensor, nn

from lightning_callbacks import layers
from lightning_callbacks.function import Attributed, Function, InputMethod, Points

# What each class's paper, or Adebayo et al. 2018, says against it.
_CAVEATS = dict.fromkeys(
    ("GuidedBackprop", "Deconvolution", "GuidedGradCam"),
    "Hardly changes when the model's weights are randomised (Adebayo et al. 2018).",
)
# Modules that only move values, for which Captum's LRP has no rule; epsilon's moves relevance back.
_MOVING = (nn.Flatten, nn.Unflatten, nn.Identity, nn.ZeroPad2d, nn.Upsample, nn.PixelShuffle)
_OF_DISTRIBUTIONS = (
    "GradientShap", "DeepLiftShap", "LayerGradientShap", "LayerDeepLiftShap", "FeaturePermutation",
)  # fmt: skip
_LAYER_SEARCH_SAMPLES = 2


class _Explained(nn.Module):
    """The function as a module that holds the model, as classes which hook modules need."""

    model: nn.Module

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.model = function.model or nn.Module()
        self._evaluate = function.evaluate

    def forward(self, *values: Tensor) -> Tensor:
        *points, rows = values
        return self._evaluate(tuple(points), rows)


@dataclass(frozen=True)
class Captum(InputMethod):
    """Any class of `captum.attr`: `Captum("LRP")`, `Captum(ShapleyValues)`, or an instance.

    Of an instance the forward function is replaced by the explained one, in a copy. Layer classes
    give values at the layer's own resolution.

    Attributes:
      attribution: a class of `captum.attr`, its name, or an instance of one.
      layer: of layer classes: name or module; None: the last layer with maps.
      options: further keyword arguments of its `attribute`, as {"n_steps": 20}.
      name: by default "captum." and the class.

    Raises:
      ValueError: there is no such class.
    """

    attribution: Any
    layer: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    title: str = field(init=False)

    source = "Captum (Kokhlikyan et al. 2020, arXiv:2009.07896)"
    unit = "as Captum gives it"

    def __post_init__(self) -> None:
        kind = self.kind
        object.__setattr__(self, "name", self.name or f"captum.{kind.__name__}")
        object.__setattr__(self, "title", f"{kind.__name__} (Captum)")
        object.__setattr__(self, "caveat", _CAVEATS.get(kind.__name__))
        takes = inspect.signature(kind.attribute).parameters
        object.__setattr__(self, "uses_baseline", "baselines" in takes)
        object.__setattr__(self, "uses_references", kind.__name__ in _OF_DISTRIBUTIONS)
        promises = "return_convergence_delta" in takes and self.uses_baseline
        object.__setattr__(self, "complete", promises and "feature_mask" not in takes)

    @property
    def kind(self) -> type[Any]:
        """The class."""
        if isinstance(self.attribution, type):
            return self.attribution
        if not isinstance(self.attribution, str):
            return type(self.attribution)
        found = getattr(captum.attr, self.attribution, None)
        if not isinstance(found, type) or not issubclass(found, captum.attr.Attribution):
            known = sorted(
                name for name, kind in vars(captum.attr).items()
                if isinstance(kind, type) and issubclass(kind, captum.attr.Attribution)
            )  # fmt: skip
            raise ValueError(
                f"captum.attr has no class {self.attribution!r}. Expect one of {known}."
            )
        return found

    def attribute(self, function: Function) -> Attributed:
        """Returns what Captum gives, shaped as the inputs or as the layer."""
        parts = []
        for rows, _ in function.rows():
            points = tuple(values[rows].detach().requires_grad_() for values in function.inputs)
            with warnings.catch_warnings(), _as_they_were(function.model or nn.Module()):
                # That hooks will be attached, that inputs are made to require gradients.
                warnings.simplefilter("ignore", UserWarning)
                attribution = self._instance(function)
                arguments = self._arguments(attribution, function, rows)
                found = attribution.attribute(points, additional_forward_args=(rows,), **arguments)
            found = found if isinstance(found, tuple) else (found,)
            parts.append(tuple(values.detach() for values in found))
        values = tuple(torch.cat(same) for same in zip(*parts, strict=True))
        output, at_baselines = function.outputs()
        base = at_baselines if self.uses_baseline and not self.uses_references else None
        return Attributed(values, output, base)

    def _instance(self, function: Function) -> Any:
        explained = _Explained(function).eval()
        if not isinstance(self.attribution, (str, type)):
            return _of_function(self.attribution, explained)
        takes = inspect.signature(self.kind.__init__).parameters
        if "attribution_method" in takes:
            raise ValueError(
                f"{self.kind.__name__} is about another attribution: give an instance, as "
                f"Captum({self.kind.__name__}(Saliency(model)))."
            )
        if "layer" in takes:
            return self.kind(explained, self._layer(function, explained.model))
        if issubclass(self.kind, captum.attr.LRP):
            for module in explained.modules():
                if isinstance(module, _MOVING):
                    module.rule = EpsilonRule()
        return self.kind(explained)

    def _layer(self, function: Function, model: nn.Module) -> nn.Module:
        wanted = self.layer
        if wanted is None:
            rows = torch.arange(min(_LAYER_SEARCH_SAMPLES, function.samples))
            points = tuple(values[rows] for values in function.inputs)
            wanted = layers.last_spatial_layer(
                model, lambda _model, few: function.evaluate(few, rows), points, points[0].shape
            )
        (found,) = layers.named_layers(model, [wanted]).values()
        return found

    def _arguments(self, attribution: Any, function: Function, rows: Tensor) -> dict[str, Any]:
        takes = inspect.signature(attribution.attribute).parameters
        given: dict[str, Any] = {}
        if "baselines" in takes:
            given["baselines"] = self._baselines(function, rows)
        if "feature_mask" in takes:
            given["feature_mask"] = _masks(function, rows)
        return {**given, **self.options}

    def _baselines(self, function: Function, rows: Tensor) -> Points:
        if self.uses_references and function.references is not None:
            return function.references
        return tuple(base[rows] for base in function.baselines)


def _of_function(attribution: Any, explained: nn.Module) -> Any:
    """Returns a copy of an instance, and of those it holds, whose function is the explained one."""
    own = copy.copy(attribution)
    for name, value in vars(attribution).items():
        if name in ("forward_func", "model"):
            setattr(own, name, explained)
        elif isinstance(value, captum.attr.Attribution):
            setattr(own, name, _of_function(value, explained))
    return own


@contextmanager
def _as_they_were(module: nn.Module) -> Iterator[None]:
    """Takes back attributes that Captum gives to modules: LRP leaves its activations there."""
    before = [(each, dict(vars(each))) for each in module.modules()]
    try:
        yield
    finally:
        for each, attributes in before:
            for name in set(vars(each)) - set(attributes):
                delattr(each, name)
            vars(each).update(attributes)


def _masks(function: Function, rows: Tensor) -> Points:
    """Returns the features' ids; what is never left out is a feature of its own."""
    most = function.features.most
    masks = []
    for values, ids in zip(function.inputs, function.features.ids, strict=True):
        own = ids[rows] if len(ids) > 1 else ids
        known = torch.where(own < 0, most, own)
        shape = (len(own), *values.shape[1:])
        masks.append(known.expand(shape).contiguous())
    return tuple(masks)
