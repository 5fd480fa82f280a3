"""Logs and servers shared by tests; each is made once per session, when first asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.logs import write_hostile_runs, write_long_run
from tests.synthetic_runs import RunShape, write_run

# Workers beside one another share the processors: torch's own threads would only wait for them.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two ordinary runs, one of 1,000 steps, and some with hostile names; never changed."""
    root = tmp_path_factory.mktemp("logs")
    for seed, run in enumerate(("clean/version_0", "shortcut/version_0")):
        write_run(root / run, RunShape(samples=3, epochs=4), seed=seed)
    write_long_run(root / "long" / "version_10", steps=1000)
    write_hostile_runs(root)
    return root


@pytest.fixture(scope="session", params=servers.READERS)
def reader_flag(request: pytest.FixtureRequest) -> str:
    """The flag for each of TensorBoard's readers."""
    return servers.READERS[request.param]


@pytest.fixture(scope="session")
def server(logdir: Path, reader_flag: str) -> Iterator[servers.Server]:
    """A TensorBoard that has read all of `logdir`."""
    with servers.tensorboard(logdir, reader_flag) as running:
        servers.eventually(lambda: _loaded(running))
        yield running


def _loaded(running: servers.Server) -> bool:
    runs = {entry["run"]: entry["series"] for entry in running.catalog()["runs"]}
    last_steps = [series["last_step"] for series in runs.get("long/version_10", [])]
    return len(runs) >= 5 and bool(last_steps) and min(last_steps) == 999
