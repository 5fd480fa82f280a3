"""The panels, by the name in their route, in the order of their tabs."""

from collections.abc import Mapping

from tb_explain.panels import (
    attention,
    attributions,
    compare,
    graph,
    layers,
    overview,
    sensitivity,
)
from tb_explain.routes import Select

PANELS: Mapping[str, Select] = {
    "overview": overview.select,
    "attributions": attributions.select,
    "layers": layers.select,
    "attention": attention.select,
    "sensitivity": sensitivity.select,
    "compare": compare.select,
    "graph": graph.select,
}
