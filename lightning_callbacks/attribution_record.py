"""Making an `attribution` record of maps, as `tb_explain.schema` has it.

It knows maps and arrays; nothing of who made them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightning_callbacks.input_explainer import InputMap
from lightning_callbacks.records import Part
from lightning_callbacks.targets import Target
from tb_explain import schema


@dataclass(frozen=True)
class EncodedMap:
    """One map, as it is stored and can be sent: fields, and arrays by what follows its name."""

    fields: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class EncodedTargets:
    """The explained outputs: in words, and as arrays by name."""

    specs: Sequence[str]
    arrays: Mapping[str, np.ndarray]


def encoded_targets(targets: Sequence[Target]) -> EncodedTargets:
    """Returns targets as they are stored."""
    arrays: dict[str, np.ndarray] = {}
    for index, target in enumerate(targets):
        arrays[f"target.{index}"] = target.classes.cpu().numpy().astype(np.int32)
        arrays[f"output.{index}"] = target.values.detach().float().cpu().numpy()
    return EncodedTargets([target.spec for target in targets], arrays)


def encoded_map(found: InputMap, space: str) -> EncodedMap:
    """Returns a map as it is stored: of images and series in 8 bits."""
    values = found.values.numpy()
    if space in ("image", "series"):
        quantised = schema.quantise(values, signed=found.method.signed)
        arrays = dict(zip(("", ".scale"), quantised, strict=True))
    else:
        # Few numbers, that are read as such.
        arrays = {"": values, ".scale": np.ones(len(values), np.float32)}
    total = found.attributed.total.detach().float().cpu()
    further = {
        "base": found.base,
        "total": total if found.base is not None else None,
        "fit": found.fit,
        "l2": found.norms,
    }
    arrays.update({f".{key}": t.numpy() for key, t in further.items() if t is not None})
    return EncodedMap(_described(found), arrays)


def attribution_part(
    space: str, targets: EncodedTargets, maps: Sequence[EncodedMap], digest: str
) -> Part:
    """Returns the `attribution` record of all maps.

    Args:
      space: the kind of inputs.
      targets: what the maps are of.
      maps: in the order in which they are shown.
      digest: the probe's.
    """
    arrays = dict(targets.arrays)
    entries = []
    for index, found in enumerate(maps):
        name = f"map.{index}"
        arrays.update({f"{name}{what}": array for what, array in found.arrays.items()})
        entries.append({"array": name, **found.fields})
    fields = {
        "probe": digest,
        "space": space,
        "targets": [{"spec": spec} for spec in targets.specs],
        "maps": entries,
    }
    return Part("attribution", fields, arrays)


def _described(found: InputMap) -> dict[str, Any]:
    method = found.method
    return {
        "method": method.name,
        "title": method.title,
        "target": found.target,
        "signed": method.signed,
        "unit": method.unit,
        "baseline": found.baseline,
        "complete": method.complete,
        "caveat": method.caveat,
        "notes": list(found.attributed.notes),
        "cost_ms": round(found.cost_ms, 1),
    }
