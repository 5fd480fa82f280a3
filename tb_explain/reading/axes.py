"""What the axes of a record's arrays are called, and what stands along them; schema.py's shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tb_explain.reading.record import LoadedRecord

_IMAGE = ("sample", "y", "x")
_OF_SPACE: Mapping[str, tuple[str, ...]] = {
    "image": _IMAGE,
    "text": ("sample", "token"),
    "tabular": ("sample", "feature"),
    "series": ("sample", "channel", "point"),
}
# Per kind: a pattern for the names of arrays, and their axes. The first that fits counts.
_AXES: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "probe": (
        ("labels", ("sample",)),
        ("values", ("sample", "feature")),
        ("signals", ("sample", "channel", "point")),
        ("images", ("byte",)),
        ("image_ends", ("sample",)),
    ),
    "predictions": (("classes|scores", ("sample", "rank")), (".*", ("sample",))),
    "cam": ((r"map\.\d+", _IMAGE), (".*", ("sample",))),
    "attribution": (
        (r"map\.\d+\.l2", ("sample", "token")),
        (r"(target|output)\.\d+|map\.\d+\.\w+", ("sample",)),
    ),
    "attribution_summary": (
        (r"interaction\.\d+", ("feature", "other feature")),
        (r"swarm(\.\d+|_values)", ("entry", "feature")),
        (r"(mean|low|high)\w*\.\d+", ("feature",)),
    ),
    "layer_statistics": (("values", ("layer", "statistic")), ("dead", ("entry", "of"))),
    "layer_histograms": (("bins", ("byte",)), ("ends", ("layer",))),
    "feature_maps": ((".*", ("sample", "channel", "y", "x")),),
    "filters": ((".*", ("output", "input", "y", "x")),),
    "attention_statistics": ((".*", ("layer", "head")),),
    "attention": (
        ("rollout|relevance", ("sample", "token")),
        (r"index\.\d+", ("sample", "head", "query", "rank")),
        (r"map\.\d+", ("sample", "head", "query", "key")),
    ),
    "outputs": (
        ("bin_.*", ("bin",)),
        ("confidence", ("right", "bin")),
        ("confusion", ("truth", "prediction")),
        ("confused", ("entry", "of")),
        ("joint", ("truth bin", "bin")),
        (".*", ("bin",)),
    ),
    "explanation_quality": (
        ("values", ("method", "measure", "sample")),
        ("control", ("measure", "sample")),
        ("agreement", ("method", "other method")),
        ("deletion|insertion", ("method", "fraction")),
    ),
    "surrogate": (
        ("coefficients", ("output", "feature")),
        ("intercept", ("output",)),
        (".*", ("feature",)),
    ),
    "sensitivity": (
        ("levels", ("level",)),
        ("shares", ("share",)),
        (r"counts\..*", ("share", "unit")),
        (".*", ("unit", "level")),
    ),
}
# Per kind: the field that lists what stands along an axis, as names or as objects with a `name`.
_LISTED: Mapping[str, Mapping[str, str]] = {
    "attention_statistics": {"layer": "layers"},
    "attribution_summary": {"feature": "features", "other feature": "features"},
    "explanation_quality": {"method": "methods", "other method": "methods", "measure": "measures"},
    "outputs": {"truth": "class_names", "prediction": "class_names"},
    "probe": {"feature": "features"},
    "sensitivity": {"unit": "units", "level": "level_names"},
    "surrogate": {"output": "outputs", "feature": "features"},
}


def axes_of(record: LoadedRecord, name: str) -> tuple[str, ...]:
    """Returns what the axes of the array `name` are called; "axis 0" and so on where unknown."""
    dimensions = record.arrays[name].ndim
    axes = _known(record, name)
    return axes if len(axes) == dimensions else tuple(f"axis {n}" for n in range(dimensions))


def labels_along(
    record: LoadedRecord, axis: str, size: int, table: Mapping[str, Any] | None = None
) -> Sequence[Any]:
    """Returns what stands along `axis`: names where the record lists them, else indices.

    Args:
      record: whose array it is.
      axis: one of `axes_of`.
      size: how long it is.
      table: fields of the `layer_table` that the record refers to, if there is one.
    """
    fields = record.fields
    if axis == "of":  # entries of `dead`, and of `confused`
        return ("layer", "unit") if size == 2 else ("truth", "prediction", "count")
    if table is not None and record.kind in ("layer_statistics", "layer_histograms"):
        listed = table.get({"layer": "layers", "statistic": "statistics"}.get(axis, ""))
    else:
        listed = fields.get(_LISTED.get(record.kind, {}).get(axis, ""))
    names = [entry["name"] if isinstance(entry, Mapping) else entry for entry in listed or ()]
    # The curves of explanation_quality have one row more than there are methods.
    if axis == "method" and len(names) == size - 1:
        names.append("random order")
    return names if len(names) == size else range(size)


def _known(record: LoadedRecord, name: str) -> tuple[str, ...]:
    for pattern, axes in _AXES.get(record.kind, ()):
        if re.fullmatch(pattern, name):
            return axes
    space = _OF_SPACE.get(str(record.fields.get("space")), ())
    return ("class", *space[1:]) if record.kind == "attribution_summary" else space
