"""What the fields of each kind must be before anything uses them; see `tb_explain.schema`."""

from __future__ import annotations

from collections.abc import Mapping

from tb_explain.reading.forms import (
    Form,
    count,
    described,
    flag,
    listed,
    mapped,
    maybe,
    number,
    numeric,
    one_of,
    text,
    whole,
)

# Kinds that may be a monitor's first at a step, and so say that it failed.
HAVE_GAPS = frozenset(
    (
        "predictions",
        "layer_statistics",
        "attention_statistics",
        "attention",
        "graph",
        "outputs",
        "attribution_summary",
        "explanation_quality",
        "surrogate",
        "sensitivity",
        "plan",
    )
)
STATUS: dict[str, Form] = {"gap": maybe(text), "notes": maybe(listed(text))}
_FEATURES = maybe(listed(described(name=text, unit=maybe(text), categories=maybe(listed(text)))))
_SPACE = one_of("image", "text", "tabular", "series")
_WHAT = one_of("activations", "gradients", "weights")
_TARGETS = listed(described(spec=text))
_MAP = {"array": text, "method": text, "target": count, "signed": flag, "unit": text}
_HEADS = listed(described(name=text, heads=count, source=text))
_FIGURES = maybe(mapped(maybe(number)))
_UNIT = described(
    name=text,
    type=text,
    members=listed(text),
    size=count,
    parameters=count,
    macs=count,
    seconds=maybe(number),
    shape=maybe(listed(count)),
)
_LAYER = described(
    name=text,
    parameters=count,
    macs=count,
    seconds=maybe(number),
    out=maybe(count),
    ins=listed(
        lambda pair: (
            isinstance(pair, list) and len(pair) == 2 and count(pair[0]) and number(pair[1])
        )
    ),
)

# A gap of any kind holds its status alone.
FIELDS: Mapping[str, dict[str, Form]] = {
    "probe": {
        "digest": text,
        "hashes": listed(text),
        "names": listed(text),
        "class_names": maybe(listed(text)),
        "tokens": maybe(listed(listed(text))),
        "features": _FEATURES,
    },
    "predictions": {},
    "cam": {"targets": _TARGETS, "maps": listed(described(layer=text, **_MAP))},
    "layer_table": {
        "digest": text,
        "what": _WHAT,
        "layers": listed(described(name=text, type=text, shape=listed(count), size=count)),
        "statistics": listed(described(name=text, label=text, unit=text, scale=text)),
    },
    "layer_statistics": {"table": text, "what": _WHAT},
    "layer_histograms": {"table": text, "what": _WHAT, "mantissa_bits": count},
    "feature_maps": {
        "probe": text,
        "samples": listed(count),
        "maps": listed(described(array=text, layer=text, channels=listed(count), signed=flag)),
    },
    "filters": {"layer": text, "channels": listed(count)},
    "alerts": {
        "what": text,
        "raised": listed(
            described(rule=text, layer=text, value=numeric, limit=numeric, message=text)
        ),
        "cleared": listed(described(rule=text, layer=text)),
        "active": listed(described(rule=text, layer=text, since=whole)),
    },
    "attention_statistics": {"layers": _HEADS},
    "attention": {
        "probe": text,
        "samples": listed(count),
        "lengths": listed(count),
        "prefix": count,
        "grid": maybe(listed(count, 2)),
        "layers": _HEADS,
    },
    "graph": {
        "nodes": listed(described(id=text, name=text, kind=text, type=text, parent=maybe(text))),
        "edges": listed(listed(text, 2)),
    },
    "outputs": {
        "task": one_of("classification", "regression"),
        "samples": count,
        "measures": mapped(maybe(numeric)),
        "class_names": maybe(listed(text)),
    },
    "attribution": {
        "probe": text,
        "space": _SPACE,
        "targets": _TARGETS,
        "maps": listed(described(title=text, complete=flag, caveat=maybe(text), **_MAP)),
    },
    "attribution_summary": {
        "space": _SPACE,
        "samples": count,
        "features": _FEATURES,
        "class_names": maybe(listed(text)),
        "summaries": listed(
            described(
                array=text,
                method=text,
                title=text,
                target=text,
                unit=text,
                signed=flag,
                classes=maybe(listed(count)),
                tokens=maybe(listed(described(token=text, mean=numeric, count=count))),
            )
        ),
    },
    "explanation_quality": {
        "target": text,
        "methods": listed(described(name=text, title=text)),
        "measures": listed(described(name=text, label=text, unit=text, source=text)),
        "verdicts": listed(described(method=text, measure=text, level=text, message=text)),
        "fractions": listed(number),
    },
    "surrogate": {
        "features": listed(text),
        "outputs": listed(text),
        "models": listed(described(name=text, tree=maybe(listed(mapped(lambda _: True))))),
        "fitted": count,
        "held_out": count,
    },
    "sensitivity": {
        "edit": text,
        "samples": count,
        "metric": text,
        "estimate": maybe(text),
        "mode": text,
        "units": listed(_UNIT),
        "layers": listed(_LAYER),
        "level_names": listed(text),
        "dense": _FIGURES,
        "correlation": _FIGURES,
    },
    "plan": {
        "stage": text,
        "plan": mapped(lambda _: True),
        "candidates": listed(mapped(lambda _: True)),
    },
    "setup": {
        "preset": text,
        "facts": listed(described(name=text, value=text)),
        "monitors": listed(described(name=text, callback=text, every=text, reason=text)),
        "left_out": listed(described(callback=text, reason=text)),
    },
}
