"""Graph: what the model is made of, what flows where, and what each part costs."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

KINDS = ("graph", "layer_table", "layer_statistics")


def select(series: Sequence[Series], _query: PanelQuery) -> list[Series]:
    """Returns the structure of the asked runs' models, and the statistics to colour it by."""
    return [entry for entry in series if entry.kind in KINDS]
