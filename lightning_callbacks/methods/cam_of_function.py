"""A class activation map as a method of a function, so that it can be judged beside the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks import capture, layers
from lightning_callbacks.function import Attributed, Function, InputMethod, Points
from lightning_callbacks.layout import find_layout
from lightning_callbacks.methods.cam import CamMethod

_LAYER_SEARCH_SAMPLES = 2


@dataclass(frozen=True)
class CamOfFunction(InputMethod):
    """The map of one layer, [N, 1, h, w] at the layer's own resolution.

    Attributes:
      cam: the variant.
      layer: name or module; None: the last layer with maps.
    """

    cam: CamMethod
    layer: Any = None
    name: str = field(init=False)
    title: str = field(init=False)
    signed: bool = field(init=False)

    uses_baseline = False

    def __post_init__(self) -> None:
        for name, value in (
            ("name", self.cam.name), ("title", self.cam.title), ("signed", not self.cam.relu),
            ("source", self.cam.source), ("unit", self.cam.unit),
        ):  # fmt: skip
            object.__setattr__(self, name, value)

    def attribute(self, function: Function) -> Attributed:
        """Returns the maps, [N, 1, h, w].

        Raises:
          LayerError: no layer has maps.
          ValueError: the function has no model behind it.
        """
        if function.model is None:
            raise ValueError("A class activation map needs the model: Function(model=...).")
        layer, grid = self._layer(function, function.model)
        outputs, parts = [], []
        for rows, _ in function.rows():
            points = tuple(values[rows] for values in function.inputs)
            with capture.captured({"layer": layer}) as seen:
                output = function.evaluate(points, rows)
                kept = seen["layer"]
                # Hooks are still there: a checkpoint runs the layer again.
                (gradient,) = torch.autograd.grad(output.sum(), [kept])
            layout = find_layout(layer, gradient.shape, points[0].shape, grid)
            pair = (
                layout.to_maps(kept.detach()).float(),
                layout.to_maps(gradient).float(),
            )
            maps: Tensor = self.cam.weigh(*pair)
            parts.append(maps.relu() if self.cam.relu else maps)
            outputs.append(output.detach())
        return Attributed((torch.cat(parts).unsqueeze(1),), torch.cat(outputs))

    def _layer(
        self, function: Function, model: nn.Module
    ) -> tuple[nn.Module, tuple[int, int] | None]:
        rows = torch.arange(min(_LAYER_SEARCH_SAMPLES, function.samples))
        few: Points = tuple(values[rows] for values in function.inputs)

        def forward(_model: nn.Module, points: Points) -> Tensor:
            return function.evaluate(points, rows)

        grid = layers.patch_grid(capture.call_order(model, forward, few))
        wanted = self.layer
        if wanted is None:
            wanted = layers.last_spatial_layer(model, forward, few, few[0].shape)
        (found,) = layers.named_layers(model, [wanted]).values()
        return found, grid
