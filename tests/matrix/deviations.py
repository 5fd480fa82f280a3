"""How far two records of the same thing are apart, as a share of the largest value."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

import numpy as np

from tb_explain import histograms, schema

# Not "completeness", which is a deviation itself: of a sum from what it should be.
_MEASURES = ("deletion", "sparseness", "random_logit")
_COLUMNS = ("layer_statistics", "sensitivity")
# All they say is in their fields.
_ARRAYLESS = ("graph", "layer_table", "setup")


def deviation(found: schema.Record, wanted: schema.Record, *, partly: bool = False) -> float:
    """Returns the largest deviation over all arrays (and measures); infinite where they don't fit.

    Quantised maps are compared as what they stand for, counts by the share that is elsewhere, and
    statistics column by column.

    Args:
      found: a record.
      wanted: the record that it should be.
      partly: compare the arrays that both have; else both must have the same.
    """
    ours, theirs = _arrays(found), _arrays(wanted)
    both = ours.keys() & theirs.keys()
    same = ours.keys() == theirs.keys() or (partly and both)
    if not same or not (both or found.kind in _ARRAYLESS) or not _same_boxes(found, wanted):
        return float("inf")
    apart = [_apart(ours[name], theirs[name], found.kind) for name in both]
    return max([*apart, *_measures(found, wanted)], default=0.0)


def unlike(found: schema.Record, wanted: schema.Record, without: Container[str] = ()) -> set[str]:
    """Returns the arrays that one of two records lacks; `found` may lack those of `without`."""
    ours, theirs = _arrays(found).keys(), _arrays(wanted).keys()
    lacking = {name for name in theirs - ours if name.split()[0] not in without}
    return (ours - theirs) | lacking


def _arrays(record: schema.Record) -> Mapping[str, np.ndarray]:
    arrays = dict(record.arrays)
    if record.kind == "layer_histograms":
        bits = record.fields["mantissa_bits"]
        return {"counts": histograms.decode(arrays["bins"], arrays["ends"], bits)}
    if record.kind == "explanation_quality":
        # What it says of drift, it says beside the measures that were asked for.
        values, fields = arrays["values"], record.fields
        return {
            f"{method['name']} {measure['name']}": values[row, column]
            for row, method in enumerate(fields["methods"])
            for column, measure in enumerate(fields["measures"])
            if measure["name"] in _MEASURES
        }
    for name in [name for name in arrays if f"{name}.scale" in arrays]:
        scale = arrays.pop(f"{name}.scale")
        values = arrays[name].astype(np.float64)
        arrays[name] = values * scale.reshape(*scale.shape, *[1] * (values.ndim - scale.ndim))
    for entry in record.fields.get("maps", ()) if record.kind == "attribution" else ():
        # By method: where one fails, the others move up.
        for name in [name for name in arrays if re.match(rf"{entry['array']}($|\.)", name)]:
            renamed = name.replace(entry["array"], f"{entry['method']} {entry['target']}", 1)
            arrays[renamed] = arrays.pop(name)
    return arrays


def _apart(found: np.ndarray, wanted: np.ndarray, kind: str) -> float:
    if found.shape != wanted.shape:
        return float("inf")
    if found.dtype.kind in "iub":
        moved = np.abs(found.astype(np.int64) - wanted.astype(np.int64)).sum()
        return float(moved / max(1, np.abs(wanted.astype(np.int64)).sum()))
    if kind == "explanation_quality":  # fractions, probabilities and correlations
        apart = np.abs(found - wanted)
        return float(np.nanmax(apart)) if np.isfinite(apart).any() else 0.0
    if kind in _COLUMNS and found.ndim > 1:
        pairs = zip(found.T, wanted.T, strict=True)
        return max((_relative(one, other) for one, other in pairs), default=0.0)
    return _relative(found, wanted)


def _relative(found: np.ndarray, wanted: np.ndarray) -> float:
    finite = np.isfinite(found) & np.isfinite(wanted)
    unlike = ~finite & ~((np.isnan(found) & np.isnan(wanted)) | (found == wanted))
    if unlike.any():
        return float("inf")
    if not finite.any():
        return 0.0
    largest = float(np.abs(wanted[finite]).max())
    apart = float(np.abs(found[finite] - wanted[finite]).max())
    return apart / largest if largest > 0 else apart


def _measures(found: schema.Record, wanted: schema.Record) -> list[float]:
    ours, theirs = (record.fields.get("measures") for record in (found, wanted))
    if found.kind != "outputs" or not ours or not theirs:
        return []
    return [abs(ours[name] - theirs[name]) / max(abs(theirs[name]), 1e-9) for name in theirs]


def _same_boxes(found: schema.Record, wanted: schema.Record) -> bool:
    if found.kind != "graph":
        return True
    ours, theirs = (
        {(node["name"], str(node["shape"])) for node in record.fields.get("nodes", ())}
        for record in (found, wanted)
    )
    return ours == theirs
