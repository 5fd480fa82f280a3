"""Which feature maps are kept, and their record: few layers, few channels, few cells.

It knows maps and `tb_explain.schema`; nothing of how they were caught.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.nn import functional

from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Part
from lightning_callbacks.watching import Watch
from tb_explain import schema

# Cells a side: finer maps are averaged down to this.
_FINEST = 14


class FeatureMaps:
    """Chooses channels once, so that the same ones are seen at every record.

    Args:
      layers: at most this many are kept, evenly spread over the depth; 0: none.
      channels: which, or how many: those that vary most over the probe at the first record.
      samples: the first of the probe.

    Raises:
      ValueError: a number is negative.
    """

    def __init__(self, layers: int, channels: int | Sequence[int], samples: int) -> None:
        count = channels if isinstance(channels, int) else min(channels, default=-1)
        if layers < 0 or samples < 1 or count < 0:
            raise ValueError(
                "feature_maps must be 0 or more layers, channels 0 or more (or indices), and "
                f"map_samples 1 or more, not {layers}, {channels} and {samples}."
            )
        self._layers = layers
        self._channels = channels
        self._samples = samples
        self.chosen: dict[str, list[int]] = {}

    def start_over(self) -> None:
        """Forgets the chosen channels."""
        self.chosen = {}

    def keep(self, name: str, output: Tensor) -> Tensor | None:
        """Returns float32 [n, C, h, w] of an output [N, C, H, W]; None if it is not to be kept."""
        if not self._layers or output.dim() != 4 or min(output.shape[2:]) < 2:
            return None
        if self.chosen and name not in self.chosen:
            return None
        shown = output[: self._samples].float()
        height, width = (min(side, _FINEST) for side in output.shape[2:])
        return functional.adaptive_avg_pool2d(shown, (height, width))

    def parts(self, watch: Watch, probe: DrawnProbe) -> list[Part]:
        """Returns the `feature_maps` record of what was kept; none if nothing was."""
        names = list(self.chosen) or _spread(list(watch.maps), self._layers)
        maps: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for name in (name for name in names if name in watch.maps):
            kept = watch.maps[name].cpu()
            if name not in self.chosen:
                self.chosen[name] = self._most_varied(kept)
            channels = self.chosen[name]
            values = kept[:, channels].numpy()
            signed = bool((values < 0).any())
            array = f"map.{len(maps)}"
            counts, scale = schema.quantise(values.reshape(-1, *values.shape[2:]), signed=signed)
            arrays[array] = counts.reshape(values.shape)
            arrays[f"{array}.scale"] = scale.reshape(values.shape[:2])
            maps.append({"array": array, "layer": name, "channels": channels, "signed": signed})
        if not maps:
            return []
        samples = list(range(min(self._samples, len(probe.hashes))))
        fields = {"probe": probe.digest, "samples": samples, "maps": maps}
        return [Part("feature_maps", fields, arrays)]

    def _most_varied(self, maps: Tensor) -> list[int]:
        count = maps.shape[1]
        if not isinstance(self._channels, int):
            return [channel for channel in self._channels if channel < count]
        variance = maps.transpose(0, 1).reshape(count, -1).var(dim=1, correction=0).nan_to_num()
        return sorted(np.asarray(variance.argsort(descending=True)[: self._channels]).tolist())


def _spread(names: Sequence[str], count: int) -> list[str]:
    """Returns `count` of the names, evenly spread, the last among them."""
    count = min(count, len(names))
    return [names[(i + 1) * len(names) // count - 1] for i in range(count)]
