"""A log directory for every panel and each of its views, and how each is opened."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import servers
from tests.synthetic_attention import AttentionShape, write_attention_run
from tests.synthetic_attributions import AttributionShape, write_attribution_run
from tests.synthetic_graph import residual_network, write_graph_run
from tests.synthetic_layers import LayersShape, write_layers
from tests.synthetic_outputs import write_outputs_run
from tests.synthetic_runs import RunShape, write_run
from tests.synthetic_sensitivity import SensitivityShape, write_sensitivities

INPUTS = {space: AttributionShape(space, epochs=3) for space in ("image", "text", "tabular")}
INPUTS["series"] = AttributionShape("series", epochs=3)
LAYERS = LayersShape(blocks=2, records=20)
CUTS = SensitivityShape(epochs=4, exact_every=2)


@dataclass(frozen=True)
class View:
    """A view of a panel: `__` in a setting stands for a dot."""

    name: str
    panel: str
    runs: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def link(self) -> dict[str, Any]:
        """What `explain.link` takes."""
        return {"panel": self.panel, "runs": self.runs, **self.settings}


def _of(panel: str, *runs: str, views: tuple[str, ...] = (), **settings: Any) -> list[View]:
    """Returns the panel's view of `runs`, or each of its `views`."""
    named = {f"{panel}__{key}": value for key, value in settings.items()}
    what = "+".join([panel, *runs])
    if not views:
        return [View(what, panel, runs, named)]
    return [View(f"{what}:{v}", panel, runs, {**named, f"{panel}__view": v}) for v in views]


VIEWS = [
    *_of("overview", "images0", "images1"),
    *_of("overview", "outputs", "deep"),
    *_of("attributions", "images0", "images1"),
    *_of("attributions", "image", views=("samples", "overall")),
    *_of("attributions", "text", views=("samples", "overall")),
    *_of("attributions", "tabular", views=("samples", "overall", "trust")),
    *_of("attributions", "series", views=("samples",)),
    *_of("layers", "deep"),
    *_of("attention", "attended", views=("map", "lines")),
    *_of("attention", "patches", views=("picture",)),
    *_of("sensitivity", "cut0", "cut1", keep=0.5),
    *_of("compare", "images0", "images1", views=("samples", "changes", "drift", "runs")),
    *_of("compare", "text", "tabular"),
    *_of("compare", "deep", views=("layers",)),
    *_of("compare", "cut0", "cut1", views=("sensitivity",)),
    *_of("graph", "graph", views=("drawing", "table")),
]
# A panel whose records none of its runs has: the shell shows what to add.
EMPTY = View("layers without records", "layers", ("images0",))
# Views that between them have every control.
WALKED = (
    "overview+images0+images1",
    "overview+outputs+deep",
    "attributions+images0+images1",
    "attributions+text:samples",
    "attributions+tabular:overall",
    "attributions+series:samples",
    "layers+deep",
    "attention+attended:lines",
    "sensitivity+cut0+cut1",
    "compare+images0+images1:drift",
    "graph+graph:table",
)


@contextlib.contextmanager
def served(root: Path) -> Iterator[servers.Server]:
    """A TensorBoard with a run for each kind of record."""
    for seed in range(2):
        write_run(root / f"images{seed}", RunShape(samples=6, epochs=4), seed=seed)
        write_sensitivities(root / f"cut{seed}", CUTS, seed=seed)
    for space, shape in INPUTS.items():
        write_attribution_run(root / space, shape)
    write_outputs_run(root / "outputs", epochs=4)
    write_layers(root / "deep", LAYERS)
    write_attention_run(root / "attended", AttentionShape(layers=2, heads=3, epochs=3))
    write_attention_run(root / "patches", AttentionShape(layers=2, heads=3, epochs=3, grid=(4, 4)))
    write_graph_run(root / "graph", residual_network(8))
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: _complete(server))
        yield server


def _complete(server: servers.Server) -> bool:
    runs = {run["run"]: run["series"] for run in server.catalog()["runs"]}
    if len(runs) < 4 + len(INPUTS) + 5:
        return False
    newest = max(series["last_step"] for series in runs["deep"])
    return newest >= LAYERS.records * LAYERS.every
