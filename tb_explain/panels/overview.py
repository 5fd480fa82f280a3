"""Overview: what was recorded in which run, when and at what cost; how predictions changed."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

KINDS = ("probe", "predictions", "outputs")


def select(series: Sequence[Series], _query: PanelQuery) -> list[Series]:
    """Returns what runs make of probe and validation samples, whichever monitor wrote it."""
    return [entry for entry in series if entry.kind in KINDS]
