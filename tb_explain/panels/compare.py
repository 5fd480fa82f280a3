"""Compare: any two moments of any runs: samples, maps, layers and sensitivities side by side."""

from collections.abc import Sequence

from tb_explain.listing import Series
from tb_explain.routes import PanelQuery

# Without histograms, feature maps and attention: the bulk of a run, of which nothing is compared.
KINDS = (
    "probe",
    "predictions",
    "cam",
    "attribution",
    "layer_table",
    "layer_statistics",
    "alerts",
    "sensitivity",
)


def select(series: Sequence[Series], _query: PanelQuery) -> list[Series]:
    """Returns what two moments of the asked runs can be compared by."""
    return [entry for entry in series if entry.kind in KINDS]
