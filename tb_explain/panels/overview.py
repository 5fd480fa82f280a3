"""Overview: what was recorded in which run, when and at what cost; how predictions changed."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

KINDS = ("probe", "predictions")


def select(series: Sequence[Series], _query: PanelQuery) -> list[Series]:
    """Returns the probes and predictions of the asked runs, whichever monitor wrote them."""
    return [entry for entry in series if entry.kind in KINDS]
