"""What the arrays of each kind must be, given its fields; `tb_explain.schema` lists them.

Each kind yields its arrays as (name, types, shape). A size is a number, a letter that stands for
the same size throughout the record, or "*" for any. A name that ends in "?" need not be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Fields = Mapping[str, Any]
Expected = tuple[str, str, tuple[int | str, ...]]

_F32, _F64, _I32, _I64, _BYTES = "f4", "f8", "i4", "i8", "u1"
_MAP = "u1 i1 f4"  # quantised, or as it was where a value is not finite


def _probe(fields: Fields) -> Iterator[Expected]:
    N = len(fields["hashes"])
    yield "labels?", _I32, (N,)
    yield "values?", _F32, (N, len(fields.get("features") or ()))
    yield "signals?", _F32, (N, "C", "L")
    yield "images?", _BYTES, ("*",)
    yield "image_ends?", _I64, (N,)


def _predictions(_: Fields) -> Iterator[Expected]:
    yield "classes", "u1 i4", ("N", "K")
    yield "scores", _F32, ("N", "K")
    yield "label_score", _F32, ("N",)
    yield "loss", _F32, ("N",)


def _cam(fields: Fields) -> Iterator[Expected]:
    yield from _targets(fields)
    for entry in fields["maps"]:
        yield entry["array"], _MAP, ("N", "*", "*")
        yield f"{entry['array']}.scale", _F32, ("N",)


def _attribution(fields: Fields) -> Iterator[Expected]:
    yield from _targets(fields)
    rank = {"image": 3, "text": 2, "tabular": 2, "series": 3}[fields["space"]]
    for entry in fields["maps"]:
        name = entry["array"]
        yield name, _MAP, ("N", *"*" * (rank - 1))
        for part in ("scale", "base?", "total?", "fit?"):
            yield f"{name}.{part}", _F32, ("N",)
        yield f"{name}.l2?", _F32, ("N", "*")


def _targets(fields: Fields) -> Iterator[Expected]:
    for t in range(len(fields["targets"])):
        yield f"target.{t}", _I32, ("N",)
        yield f"output.{t}", _F32, ("N",)


def _statistics(_: Fields) -> Iterator[Expected]:
    yield "values", _F32, ("L", "S")
    yield "dead?", _I32, ("*", 2)


def _histograms(_: Fields) -> Iterator[Expected]:
    yield "bins", _BYTES, ("*",)
    yield "ends", _I32, ("L",)


def _feature_maps(fields: Fields) -> Iterator[Expected]:
    n = len(fields["samples"])
    for entry in fields["maps"]:
        K = len(entry["channels"])
        yield entry["array"], _MAP, (n, K, "*", "*")
        yield f"{entry['array']}.scale", _F32, (n, K)


def _filters(fields: Fields) -> Iterator[Expected]:
    channels = len(fields["channels"])
    yield "filters", _MAP, (channels, "*", "*", "*")
    yield "filters.scale", _F32, (channels,)


def _attention_statistics(fields: Fields) -> Iterator[Expected]:
    for name in ("entropy", "distance", "first"):
        yield name, _F32, (len(fields["layers"]), "H")


def _attention(fields: Fields) -> Iterator[Expected]:
    n = len(fields["samples"])
    for place, layer in enumerate(fields["layers"]):
        H, queries = layer["heads"], f"queries of {place}"
        yield f"map.{place}", "u1 f4", (n, H, queries, f"keys of {place}")
        yield f"map.{place}.scale", _F32, (n, H, queries)
        yield f"index.{place}?", "u1 i4", (n, H, queries, f"keys of {place}")
    yield "rollout?", _F32, (n, "*")
    yield "relevance?", _F32, (n, "*")


def _outputs(fields: Fields) -> Iterator[Expected]:
    if fields["task"] == "classification":
        yield "bin_count", _I32, ("B",)
        yield "bin_confidence", _F32, ("B",)
        yield "bin_accuracy", _F32, ("B",)
        yield "confidence", _I32, (2, "B")
        yield "confusion?", _I32, ("C", "C")
        yield "confused?", _I32, ("*", 3)
        return
    yield "residuals", _I32, ("B",)
    yield "edges", _F32, ("E",)
    yield "truth_edges", _F32, ("E",)
    yield "residual_quantiles", _F32, (5,)
    yield "joint", _I32, ("B", "B")


def _summary(fields: Fields) -> Iterator[Expected]:
    for entry in fields["summaries"]:
        name = entry["array"]
        for part in ("mean_abs", "low", "high", "mean", "mean_low", "mean_high"):
            yield f"{part}.{name}?", _F32, ("F",)
        yield f"swarm.{name}?", _F32, ("n", "F")
        yield f"interaction.{name}?", _F32, ("F", "F")
        K = len(entry.get("classes") or ())
        yield f"class_mean.{name}?", _MAP, (K, "*", "*")
        yield f"class_mean.{name}.scale?", _F32, (K,)
    yield "swarm_values?", _F32, ("n", "F")


def _quality(fields: Fields) -> Iterator[Expected]:
    methods, measures = len(fields["methods"]), len(fields["measures"])
    curve = (methods + 1, len(fields["fractions"]))
    yield "values", _F32, (methods, measures, "N")
    yield "control?", _F32, (measures, "N")
    yield "agreement?", _F32, (methods, methods)
    yield "deletion?", _F32, curve
    yield "insertion?", _F32, curve


def _surrogate(fields: Fields) -> Iterator[Expected]:
    features, outputs = len(fields["features"]), len(fields["outputs"])
    yield "coefficients", _F32, (outputs, features)
    yield "intercept", _F32, (outputs,)
    yield "means", _F32, (features,)
    yield "deviations", _F32, (features,)


def _sensitivity(fields: Fields) -> Iterator[Expected]:
    grid = (len(fields["units"]), len(fields["level_names"]))
    yield "levels", _F64, grid[1:]
    yield "shares", _F64, ("G",)
    for measure in ("kl", "kl_batch", "loss", "metric"):
        yield f"{measure}?", _F64, grid
        yield f"{measure}.error?", _F64, grid
    yield "removed?", _I64, grid
    yield "stored_bits?", _F64, grid
    yield "repaired?", _F64, grid


def _nothing(_: Fields) -> Iterator[Expected]:
    yield from ()


ARRAYS: Mapping[str, Callable[[Fields], Iterator[Expected]]] = {
    "probe": _probe,
    "predictions": _predictions,
    "cam": _cam,
    "layer_table": _nothing,
    "layer_statistics": _statistics,
    "layer_histograms": _histograms,
    "feature_maps": _feature_maps,
    "filters": _filters,
    "alerts": _nothing,
    "attention_statistics": _attention_statistics,
    "attention": _attention,
    "graph": _nothing,
    "outputs": _outputs,
    "attribution": _attribution,
    "attribution_summary": _summary,
    "explanation_quality": _quality,
    "surrogate": _surrogate,
    "sensitivity": _sensitivity,
    "plan": _nothing,
    "setup": _nothing,
}
