"""Layers: which layers learn, die, saturate or explode, and when that began."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

KINDS = (
    "probe",
    "layer_table",
    "layer_statistics",
    "layer_histograms",
    "feature_maps",
    "filters",
    "alerts",
)


def select(series: Sequence[Series], query: PanelQuery) -> list[Series]:
    """Returns what was recorded of the layers in the asked runs; only of the asked monitor.

    A probe is shared by monitors, so it comes along whichever of them stored it.
    """
    monitors = {query.monitor} if query.monitor else {entry.monitor for entry in series}
    return [
        entry
        for entry in series
        if entry.kind in KINDS and (entry.kind == "probe" or entry.monitor in monitors)
    ]
