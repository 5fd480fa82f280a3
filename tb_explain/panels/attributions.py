"""Attributions: what each prediction rests on, epoch by epoch, and how far that can be believed."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

KINDS = (
    "probe",
    "predictions",
    "cam",
    "attribution",
    "attribution_summary",
    "explanation_quality",
    "surrogate",
)


def select(series: Sequence[Series], query: PanelQuery) -> list[Series]:
    """Returns the maps of the asked runs and what belongs to them; only of the asked monitor.

    A probe is shared by monitors, so it comes along whichever of them stored it.
    """
    monitors = {query.monitor} if query.monitor else {entry.monitor for entry in series}
    return [
        entry
        for entry in series
        if entry.kind in KINDS and (entry.kind == "probe" or entry.monitor in monitors)
    ]
