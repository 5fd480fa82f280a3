"""Logs of sensitivities that browser tests look at, and the figures that are in them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import expect

from tests import servers
from tests.browser.explain import Explain
from tests.synthetic_sensitivity import SensitivityShape, sensitivity, write_sensitivities

SHAPE = SensitivityShape(epochs=6, exact_every=3)
RUNS = ("clean", "shortcut")
LAST = SHAPE.last_step


@contextlib.contextmanager
def served(root: Path) -> Iterator[servers.Server]:
    """A TensorBoard with two runs of `SHAPE`."""
    for seed, run in enumerate(RUNS):
        write_sensitivities(root / run, SHAPE, seed=seed)
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: last_steps(server) == [LAST, LAST])
        yield server


def last_steps(server: servers.Server) -> list[int]:
    """Returns each run's last step."""
    return [max(s["last_step"] for s in run["series"]) for run in server.catalog()["runs"]]


def truth(edit: str, epoch: int, seed: int = 0):
    """Returns what the record of `edit` after `epoch` holds."""
    return sensitivity(SHAPE, edit, epoch, seed)


def opened(tab: Explain, **settings) -> Explain:
    """Opens the panel and waits for its heatmaps."""
    tab.open("sensitivity", **{_key(name): value for name, value in settings.items()})
    expect(tab["sensitivity-cells"].first).to_be_visible()
    return tab


def _key(name: str) -> str:
    return name if name in ("step", "runs") else f"sensitivity__{name}"
