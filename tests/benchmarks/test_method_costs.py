"""The costs in docs/methods.md are those of the methods."""

from __future__ import annotations

import re
import statistics
import time

import pytest

from lightning_callbacks import METHODS, attribute
from tests.benchmarks.figures import report
from tests.benchmarks.networks import workload
from tests.benchmarks.size import size
from tests.docs.pages import ROOT

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]

IMAGES = 16
# Captum and its like are measured in full benchmarks only: small ones have no time for them.
SLOW = frozenset({"lime", "kernel_shap", "gradient_shap", "layer_conductance", "smoothgrad"})
# What a busy machine may do to a ratio.
NOISE = 2.0


def documented() -> dict[str, float]:
    """Returns the costs that the table states in training steps, by method."""
    rows = re.findall(
        r"^\| `(\S+)` \|.*?\|.*?\| ([\d.]+) \|",
        (ROOT / "docs/methods.md").read_text(),
        re.MULTILINE,
    )
    return {name: float(cost) for name, cost in rows}


def test_methods_cost_what_their_table_says(one_thread):
    work = workload("resnet")
    step, images = work.stepper(), work.inputs[:IMAGES]
    names = [name for name in documented() if name not in size(SLOW, frozenset[str]())]
    runs = {
        name: lambda name=name: attribute(work.network, images, method=name, target=1)
        for name in names
    }
    times = {name: [] for name in ["step", *runs]}
    for run in (step, *runs.values()):
        run()
    for _ in range(size(1, 3)):
        for name, run in [("step", step), *runs.items()]:
            start = time.process_time()
            run()
            times[name].append(time.process_time() - start)
    base = statistics.median(times.pop("step"))
    for name, taken in times.items():
        cost = statistics.median(taken) / base
        report(f"{name}, in training steps", cost, most=NOISE * documented()[name])


def test_the_table_has_costs_of_all_methods_that_explain_images():
    others = {"exact_shapley", "attention_rollout", "attention_relevance"}
    assert set(documented()) == set(METHODS) - others
