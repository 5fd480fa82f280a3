"""Attention: which tokens each head looks at, layer by layer, epoch by epoch."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

KINDS = ("probe", "predictions", "attention_statistics", "attention")


def select(series: Sequence[Series], _query: PanelQuery) -> list[Series]:
    """Returns the attention of the asked runs, with their probes and predictions."""
    return [entry for entry in series if entry.kind in KINDS]
