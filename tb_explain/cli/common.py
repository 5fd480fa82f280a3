"""What the commands share: their arguments, what these choose, tables, words."""

from __future__ import annotations

import argparse
import fnmatch
import sys
from collections.abc import Sequence

from tb_explain import schema
from tb_explain.reading import Runs, Series, load

FOUND, NOTHING, USAGE = 0, 1, 2  # exit codes
_BYTES_PER_UNIT = 1024


class UsageError(Exception):
    """Arguments that cannot be followed, in words; ends the program with `USAGE`."""


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Adds the log directory, and what of it is meant."""
    parser.add_argument(
        "logdir", help="log directory or its URL; or an .npz file that was exported"
    )
    parser.add_argument(
        "--runs", action="append", metavar="GLOB", help="only these runs; repeatable"
    )
    parser.add_argument(
        "--tags", action="append", metavar="GLOB", help="only these tags; repeatable"
    )
    parser.add_argument("--kind", choices=sorted(schema.KINDS), help="only records of this kind")


def matches(name: str, patterns: Sequence[str] | None) -> bool:
    """Returns whether any of `patterns` fits `name`; all do where there are none."""
    return not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def chosen_runs(options: argparse.Namespace) -> Runs:
    """Returns the runs that the arguments choose, and says what of them cannot be read."""
    try:
        runs = load(options.logdir, wanted=lambda name: matches(name, options.runs))
    except (FileNotFoundError, ValueError) as error:
        raise UsageError(str(error)) from error
    for damage in runs.damages:  # what is in its records is said where they are decoded
        say(f"warning: {damage}")
    return runs


def chosen_series(options: argparse.Namespace) -> list[Series]:
    """Returns the series that the arguments choose."""
    return [
        series
        for run in chosen_runs(options).values()
        for series in run.values()
        if matches(series.tag, options.tags) and options.kind in (None, series.kind)
    ]


def nothing(options: argparse.Namespace) -> int:
    """Says that nothing was chosen, and returns the exit code for that."""
    say(
        f"{options.logdir} holds no such records. `tb-explain list {options.logdir}` says what it "
        "holds, `tb-explain doctor` why it holds none."
    )
    return NOTHING


def say(text: str) -> None:
    """Prints a message, apart from data."""
    print(f"tb-explain: {text}", file=sys.stderr)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints columns under their names; those of numbers are flush right."""
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [
        all(cell[:1].isdigit() or cell[:1] in "-+" for cell in column[1:]) for column in columns
    ]
    for row in (header, *rows):
        cells = [
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def size_words(size: float) -> str:
    """Returns a number of bytes in words."""
    for unit in ("B", "KB", "MB"):
        if size < _BYTES_PER_UNIT:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _BYTES_PER_UNIT
    return f"{size:.1f} GB"


def span(numbers: Sequence[int]) -> str:
    """Returns "0 to 2355", or the number itself if there is but one."""
    if not numbers:
        return "none"
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"
