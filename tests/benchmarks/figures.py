"""Figures that benchmarks measure: printed, held against their budgets, and put into a table.

`python -m tests.benchmarks` runs all benchmarks in full and writes docs/benchmarks.md.
"""

from __future__ import annotations

import json
import math
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

COLLECTED = "BENCHMARK_FIGURES"  # names the file that figures are added to, a line of JSON each


def report(
    name: str,
    value: float,
    *,
    unit: str = "",
    most: float | None = None,
    least: float | None = None,
    spread: Sequence[float] = (),
) -> None:
    """Prints a figure, which pytest -rP shows, and fails if it is out of its budget.

    Args:
      name: what was measured, against what.
      value: the figure, a median where there were several.
      unit: "s", "ms", "MB", ..., or "" of a ratio.
      most: the largest value it may have.
      least: the smallest.
      spread: all that `value` is the median of.
    """
    budget = f"at most {most:g}" if most is not None else ""
    budget = f"at least {least:g}" if least is not None else budget
    around = f", {min(spread):.4g} to {max(spread):.4g} of {len(spread)}" if spread else ""
    print(f"\n{name}: {value:.4g}{unit and ' ' + unit}{around}{budget and ' (' + budget + ')'}")
    if COLLECTED in os.environ:
        line = {"test": os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0], "name": name}
        line |= {"value": value, "unit": unit, "most": most, "least": least}
        line |= {"low": min(spread, default=None), "high": max(spread, default=None)}
        with Path(os.environ[COLLECTED]).open("a") as file:
            file.write(json.dumps(line) + "\n")
    assert most is None or value <= most, f"{name}: {value:.4g}, {budget}"
    assert least is None or value >= least, f"{name}: {value:.4g}, {budget}"


def paired(
    first: Callable[[], object],
    second: Callable[[], object],
    *,
    rounds: int,
    clock: Callable[[], float],
) -> list[float]:
    """Returns the first's time over the second's, run in turn, after a round to warm up."""
    ratios = []
    for round_ in range(rounds + 1):
        times = {}
        for run in (first, second) if round_ % 2 else (second, first):
            start = clock()
            run()
            times[run] = clock() - start
        ratios += [times[first] / times[second]] * bool(round_)
    return ratios


def exponent(costs: Mapping[int, float]) -> float:
    """Returns b of cost = a size^b, fitted to costs by size: 1 is linear, 0 is independent."""
    sizes = [math.log(size) for size in costs]
    return statistics.linear_regression(sizes, [math.log(cost) for cost in costs.values()]).slope
