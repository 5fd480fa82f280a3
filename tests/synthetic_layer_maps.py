"""Invented but well-formed feature maps and filters, epoch by epoch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tb_explain import schema
from tests.synthetic_layer_tables import LayersShape
from tests.synthetic_runs import RunShape, epoch_records

CHANNELS = 8


def pictures(
    shape: LayersShape, step: int, epoch: int, index: int, seed: int
) -> list[schema.Record]:
    """Returns what is pictured after `epoch`, and at the first record the probe it is of."""
    common = {"monitor": "activations", "step": step, "epoch": epoch, "written": index + 1}
    probe = RunShape()
    y, x = np.mgrid[:14, :14] / 13
    n, k = np.mgrid[:4, :CHANNELS]
    phase = (k + 0.4 * n + 0.25 * index + seed)[..., None, None]
    values = np.abs(np.sin(phase * (1 + x) + y * k[..., None, None])) * (0.3 + 0.1 * index)
    flat = values.reshape(-1, 14, 14).astype(np.float32)
    maps, scale = schema.quantise(flat, signed=False)
    fields = {
        "probe": f"synthetic{probe.samples}",
        "samples": list(range(4)),
        "maps": [
            {
                "array": f"map.{m}",
                "layer": layer,
                "channels": list(range(CHANNELS)),
                "signed": False,
            }
            for m, layer in enumerate(("stem.act", f"blocks.{shape.blocks - 1}"))
        ],
    }
    arrays: dict[str, np.ndarray] = {}
    for m in range(2):
        arrays[f"map.{m}"] = maps.reshape(4, CHANNELS, 14, 14)
        arrays[f"map.{m}.scale"] = scale.reshape(4, CHANNELS)
    found = [schema.Record("feature_maps", **common, fields=fields, arrays=arrays)]
    if index == 0:
        (stored,) = [r for r in epoch_records(probe, -1) if r.kind == "probe"]
        found.insert(0, stored)
    return [*found, _filters(common, index)]


def _filters(common: dict[str, Any], index: int) -> schema.Record:
    y, x = np.mgrid[:5, :5] - 2
    angle = np.arange(16)[:, None, None, None] / 16 * np.pi
    colour = np.arange(3)[None, :, None, None]
    wave = np.cos((x * np.cos(angle) + y * np.sin(angle)) * (0.5 + 0.1 * index) + colour)
    maps, scale = schema.quantise(wave.astype(np.float32), signed=True)
    fields = {"layer": "stem.conv", "channels": list(range(16))}
    arrays = {"filters": maps, "filters.scale": scale}
    return schema.Record("filters", **common, fields=fields, arrays=arrays)
