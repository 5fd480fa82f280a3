"""Golden records of what `explain()` chose."""

from __future__ import annotations

from tb_explain import schema


def records() -> dict[str, schema.Record]:
    """Returns the golden records by name."""
    fields = {
        "digest": "0123456789ab",
        "cost_ms": 20.5,
        "preset": "standard",
        "max_overhead": 0.02,
        "modality": "image",
        "task": "classification",
        "facts": [
            {"name": "inputs", "value": "image, 1 × 28 × 28; 16 samples are explained"},
            {"name": "class names", "value": "<b>cat</b>, größe (from the data set)"},
        ],
        "monitors": [
            {
                "name": "gradcam",
                "callback": "GradCAMMonitor",
                "settings": {"methods": "['gradcam']", "layers": "['features.8']"},
                "every": "every epoch",
                "reason": "where it looks: maps of the layer 'features.8'",
            },
            {
                "name": "gradients",
                "callback": "GradientMonitor",
                "settings": {},
                "every": "every 50 steps",
                "reason": "whether all layers learn",
            },
        ],
        "left_out": [{"callback": "AttentionMonitor", "reason": "Net was not seen to attend"}],
    }
    nothing = {**fields, "preset": "full", "max_overhead": None, "modality": None, "task": None}
    nothing.update(facts=[], monitors=[], left_out=[])
    return {
        "v1_setup": schema.Record("setup", "explain", 0, -1, 1, fields),
        "v1_setup_nothing": schema.Record("setup", "explain", 470, 2, 2, nothing),
    }
