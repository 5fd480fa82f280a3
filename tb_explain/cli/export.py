"""`tb-explain export`: records as tables, NumPy files, pictures, or a report."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tb_explain.cli import common
from tb_explain.cli.output import STDOUT, as_text, opened
from tb_explain.exporting import csv, strips
from tb_explain.reading import Series, npz, read_log
from tb_explain.reading.npz import path_of
from tb_explain.reading.tables import check_names

SUMMARY = "write records as CSV, NPZ or PNG, or runs as one HTML report"


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    common.add_choice(parser)
    parser.add_argument(
        "--format", choices=sorted(FORMATS), required=True, help="of what is written"
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        help="file (npz, html, or .csv of one series), folder (png, csv), or - for stdout",
    )
    parser.add_argument(
        "--array", action="append", default=[], metavar="NAME", help="csv: only these arrays"
    )
    parser.add_argument("--step", type=int, help="png: only this step")
    parser.add_argument(
        "--max-size",
        type=float,
        default=3,
        metavar="MB",
        help="html: leave out heavy records, evenly over time, until it fits; 0: none; "
        "default: %(default)s",
    )


def run(options: argparse.Namespace) -> int:
    """Writes what was chosen."""
    return FORMATS[options.format](options)


def _csv(options: argparse.Namespace) -> int:
    series = common.chosen_series(options)
    if not series:
        return common.nothing(options)
    is_file = options.output == STDOUT or options.output.endswith(".csv")
    if is_file and len(series) > 1:
        raise common.UsageError(
            f"{len(series)} series do not fit one table: choose one with --runs, --tags or --kind, "
            "or give a folder with -o."
        )
    _check_arrays(series, options.array)
    for entry in series:
        target = options.output if is_file else f"{Path(options.output, path_of(entry))}.csv"
        with opened(target) as file, as_text(file) as text:
            csv.save(entry, text, options.array)
    return _done(options, f"{len(series)} series")


def _check_arrays(series: Sequence[Series], names: Sequence[str]) -> None:
    try:
        for entry in series:
            check_names(entry, names)
    except KeyError as error:
        raise common.UsageError(error.args[0]) from error


def _npz(options: argparse.Namespace) -> int:
    series = common.chosen_series(options)
    if not series:
        return common.nothing(options)
    with opened(options.output) as file:
        # A zip file is written back and forth, which a pipe does not do.
        buffer = io.BytesIO()
        npz.save(series, buffer)
        file.write(buffer.getbuffer())
    return _done(options, f"{sum(map(len, series))} records of {len(series)} series")


def _png(options: argparse.Namespace) -> int:
    if options.output == STDOUT:
        raise common.UsageError("Pictures take a folder: give one with -o.")
    written = left_out = 0
    series = common.chosen_series(options)
    if not series:
        return common.nothing(options)
    for entry in series:
        if entry.kind not in strips.KINDS:
            continue
        try:
            for strip in strips.strips(entry, options.step):
                name = npz.safe(strip.name, keep=" ,") + ".png"
                with opened(str(Path(options.output, path_of(entry), name))) as file:
                    file.write(strip.png)
                written += 1
        except KeyError as error:
            raise common.UsageError(error.args[0]) from error
        except strips.TooManyTilesError as error:
            common.say(f"{error} Give one --step.")
            left_out += 1
    if not written and not left_out:
        return _not_drawn(options, series)
    return _done(options, f"{written} film strips") if written else common.NOTHING


def _not_drawn(options: argparse.Namespace, series: Sequence[Series]) -> int:
    chosen = ", ".join(sorted({entry.kind for entry in series}))
    common.say(
        f"png draws maps over pictures only, which records of the kinds {', '.join(strips.KINDS)} "
        f"may hold; what was chosen of {options.logdir} holds none: {chosen}. --format csv and npz "
        "take every kind."
    )
    return common.NOTHING


def _html(options: argparse.Namespace) -> int:
    from tb_explain.exporting import html

    if options.logdir.endswith(".npz") and Path(options.logdir).is_file():
        raise common.UsageError(
            f"{options.logdir!r} was exported already; html is made of event files: give the log "
            "directory that it came from."
        )
    try:
        log = read_log(options.logdir, lambda name: common.matches(name, options.runs))
        title = f"Explain {Path(options.logdir).name}"
        limit = int(options.max_size * 1e6) or None
        report = html.report(log, title=title, wanted=_wanted(options), limit=limit)
    except FileNotFoundError as error:
        raise common.UsageError(str(error)) from error
    except html.TooLargeError as error:
        raise common.UsageError(
            f"--max-size {options.max_size:g} is too little. {error} Give more (0: no limit), or "
            "choose fewer with --runs, --tags or --kind."
        ) from error
    except ValueError:
        return common.nothing(options)
    for kind, every in report.thinned.items():
        common.say(
            f"{kind}: one record in {every} is kept, to stay below {options.max_size:g} MB "
            "(--max-size 0 keeps all of them)"
        )
    content = report.html.encode()
    with opened(options.output) as file:
        file.write(content)
    return _done(options, f"a report of {len(content) / 1e6:.2f} MB")


def _wanted(options: argparse.Namespace) -> Callable[[str, str], bool]:
    """Returns what says of a tag and its kind whether it was chosen."""
    return lambda tag, kind: common.matches(tag, options.tags) and options.kind in (None, kind)


FORMATS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "csv": _csv,
    "html": _html,
    "npz": _npz,
    "png": _png,
}


def _done(options: argparse.Namespace, what: str) -> int:
    if options.output != STDOUT:
        common.say(f"wrote {what} to {options.output}")
    return common.FOUND
