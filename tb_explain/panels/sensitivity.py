"""Sensitivity: what can be cut at what price, and whether that changes while a model trains."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

KINDS = ("sensitivity", "plan")


def select(series: Sequence[Series], query: PanelQuery) -> list[Series]:
    """Returns sensitivities and plans of the asked runs; only of the asked monitor."""
    monitors = {query.monitor} if query.monitor else {entry.monitor for entry in series}
    return [entry for entry in series if entry.kind in KINDS and entry.monitor in monitors]
