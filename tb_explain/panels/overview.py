"""Overview: what was recorded in which run, when and at what cost; predictions and alerts."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

# Of the last two it shows what they cost, and where they failed.
KINDS = ("probe", "predictions", "outputs", "alerts", "setup", "explanation_quality", "surrogate")


def select(series: Sequence[Series], _query: PanelQuery) -> list[Series]:
    """Returns what runs make of probe and validation samples, and alerts, whoever wrote them."""
    return [entry for entry in series if entry.kind in KINDS]
