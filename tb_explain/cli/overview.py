"""`tb-explain list`: which runs there are, and what each holds."""

from __future__ import annotations

import argparse
import json
from typing import Any

from tb_explain.cli import common
from tb_explain.reading import Series

SUMMARY = "say which runs a log directory has, and what each holds"


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    common.add_choice(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, one object per series")


def run(options: argparse.Namespace) -> int:
    """Prints a row for each series."""
    series = common.chosen_series(options)
    if not series:
        return common.nothing(options)
    if options.json:
        print(json.dumps([_described(entry) for entry in series], indent=2))
        return common.FOUND
    header = ("run", "tag", "kind", "records", "steps", "epochs", "size")
    common.print_table(header, [_row(entry) for entry in series])
    for entry in series:
        for problem in entry.problems:
            common.say(f"warning: {entry.run}, {entry.tag}: {problem}")
    return common.FOUND


def _row(series: Series) -> tuple[str, ...]:
    steps, epochs = common.span(series.steps.tolist()), common.span(series.epochs.tolist())
    size = common.size_words(series.nbytes)
    return series.run, series.tag, series.kind, str(len(series)), steps, epochs, size


def _described(series: Series) -> dict[str, Any]:
    return {
        "run": series.run,
        "tag": series.tag,
        "kind": series.kind,
        "monitor": series.monitor,
        "steps": series.steps.tolist(),
        "epochs": series.epochs.tolist(),
        "bytes": series.nbytes,
        "arrays": list(series.array_names),
        "problems": list(series.problems),
    }
