"""Figures as a page: first what was promised, then everything, by the file that measures it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.budgets import BUDGETS, Budget

ROOT = Path(__file__).parents[2]
INTRODUCTION = """# Benchmarks

Written by `python -m tests.benchmarks`, which runs all benchmarks in full; CI runs smaller ones,
with the same budgets. Figures are medians, in brackets the smallest and largest of all rounds.
Ratios are taken in one run, in turn or side by side.
"""


@dataclass(frozen=True)
class Figure:
    """One line of what `report` collected."""

    test: str
    name: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def budget(self) -> str:
        """What it may be, in words; "" if that is anything."""
        if self.most is not None:
            return f"≤ {self.most:.4g}"
        return "" if self.least is None else f"≥ {self.least:.4g}"

    @property
    def is_kept(self) -> bool:
        """Whether it is what it may be."""
        over = self.most is not None and self.value > self.most
        return not over and not (self.least is not None and self.value < self.least)

    def __str__(self) -> str:
        around = "" if self.low is None else f" ({self.low:.3g} to {self.high:.3g})"
        return f"{self.value:.3g}{self.unit and ' ' + self.unit}{around}"


def read(text: str) -> list[Figure]:
    """Returns the figures of lines of JSON; of those of one name in one test the last."""
    found = [Figure(**json.loads(line)) for line in text.splitlines()]
    return list({(figure.test, figure.name): figure for figure in found}.values())


def document(figures: Sequence[Figure], about: str) -> str:
    """Returns the page, in Markdown."""
    lines = [
        INTRODUCTION,
        about,
        "",
        "## What was promised",
        "",
        "| promise | measured |",
        "|---|---|",
    ]
    lines += [f"| {budget.promise} | {_answer(budget, figures)} |" for budget in BUDGETS]
    for path, of_file in _by_file(figures):
        lines += ["", f"## {_title(path)}", "", f"`{path}`", ""]
        lines += ["| what | measured | budget |", "|---|---|---|"]
        lines += [
            f"| {_escaped(f.name)} | {f} | {f.budget}{'' if f.is_kept else ' missed'} |"
            for f in of_file
        ]
    return "\n".join(lines) + "\n"


def answering(budget: Budget, figures: Sequence[Figure]) -> list[list[Figure]]:
    """Returns, for each pattern of a budget, the figures that it is of."""
    return [[f for f in figures if re.fullmatch(pattern, f.name)] for pattern in budget.figures]


def _answer(budget: Budget, figures: Sequence[Figure]) -> str:
    found = [figure for of_pattern in answering(budget, figures) for figure in of_pattern]
    parts = [f"{_escaped(f.name)}: {f}{'' if f.is_kept else ' (missed)'}" for f in found]
    return "; ".join(parts or ["not measured"]) + (f". {budget.reason}" if budget.reason else "")


def _by_file(figures: Sequence[Figure]) -> Iterator[tuple[str, list[Figure]]]:
    paths = dict.fromkeys(figure.test.partition("::")[0] for figure in figures)
    for path in paths:
        yield path, [figure for figure in figures if figure.test.startswith(f"{path}::")]


def _title(path: str) -> str:
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or path
    return docstring.splitlines()[0].rstrip(".")


def _escaped(name: str) -> str:
    return name.replace("|", "\\|")
