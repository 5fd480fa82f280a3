"""`GradCAMMonitor`: class activation maps of the probe, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from torch import nn
from typing_extensions import Unpack

from lightning_callbacks.batches import find_input
from lightning_callbacks.cam_explainer import DEFAULT_BATCH_SIZE, CamExplainer, CamResult
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.layers import LayerSpec
from lightning_callbacks.monitor import Monitor, MonitorOptions
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Observation, Part
from lightning_callbacks.targets import TargetSpec
from tb_explain import schema


class GradCAMMonitor(Monitor):
    """Records where the model looks: class activation maps, at the layer's own resolution.

    All methods and layers come from one forward and one backward per target. Raw values are kept,
    so that maps of different epochs compare.

    Args:
      methods: of "gradcam", "gradcam++", "hirescam", "layercam", "xgradcam".
      layers: names, globs or modules; None chooses the last layer with maps.
      targets: "label", "prediction", "top-k", class indices or callables, as in `attribute`; None
        takes the labels where there are any, else the predictions.
      forward: how to get logits, as in `forwarding.run`: None calls the model, a name that method
        or sub-module of it; a callable is given (model, batch).
      batch_size: samples run at once.
      **options: as for every `Monitor`.

    Raises:
      ValueError: an unknown method, or arguments that exclude one another or are out of range.
    """

    default_name = "gradcam"
    remembers = False

    def __init__(
        self,
        methods: Sequence[str] = ("gradcam",),
        layers: Sequence[LayerSpec] | LayerSpec | None = None,
        targets: Sequence[TargetSpec] | TargetSpec | None = None,
        forward: ForwardSpec | None = None,
        batch_size: int = DEFAULT_BATCH_SIZE,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self._targets = _as_list(targets)
        self._new_explainer = partial(
            CamExplainer,
            methods=[methods] if isinstance(methods, str) else methods,
            targets=self._targets or ["label"],
            layers=_as_list(layers),
            forward=partial(run, forward=forward, input_key=self._probe.input_key),
            batch_size=batch_size,
        )
        self._explainer = self._new_explainer()

    def _start_over(self) -> None:
        super()._start_over()
        if hasattr(self, "_new_explainer"):
            self._explainer = self._new_explainer()

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns the maps of all methods, layers and targets as a `cam` record."""
        if self._targets is None:
            self._explainer.targets = ["label" if probe.labels is not None else "prediction"]
        image = find_input(probe.batch, self._probe.input_key)
        result = self._explainer.explain(model, probe.batch, image.shape, probe.labels)
        maps = Part("cam", *_record_parts(result, probe.digest))
        return Observation([maps], result.logits)


def _as_list(value: Any) -> list[Any] | None:
    if value is None or isinstance(value, (list, tuple)):
        return None if value is None else list(value)
    return [value]


def _record_parts(result: CamResult, digest: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    arrays: dict[str, np.ndarray] = {}
    for index, target in enumerate(result.targets):
        arrays[f"target.{index}"] = target.classes.numpy().astype(np.int32)
        arrays[f"output.{index}"] = target.values.numpy()
    maps = []
    for index, cam in enumerate(result.cams):
        name = f"map.{index}"
        arrays[name], arrays[f"{name}.scale"] = schema.quantise(
            cam.values.numpy(), signed=not cam.relu
        )
        maps.append(
            {
                "array": name,
                "method": cam.method.name,
                "layer": cam.layer,
                "target": cam.target,
                "signed": not cam.relu,
                "unit": cam.method.unit,
            }
        )
    targets = [{"spec": target.spec} for target in result.targets]
    return {"probe": digest, "targets": targets, "maps": maps}, arrays
