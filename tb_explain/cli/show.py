"""`tb-explain show`: one record, in words and numbers."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tb_explain.cli import common
from tb_explain.reading import LoadedRecord, Series
from tb_explain.reading.axes import axes_of, labels_along
from tb_explain.reading.tables import layer_table

SUMMARY = "print one record: its fields and its arrays"
_LONGEST = 160  # characters of a field; --json has them whole
_LATEST = 1e11  # seconds after 1970 that are shown as a date
_PIECE = 2**12  # numbers that are JSON at a time
_WIDEST = 24  # columns of an array that is printed as a table


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    parser.add_argument(
        "logdir", help="log directory or its URL; or an .npz file that was exported"
    )
    parser.add_argument("run", help="name of a run, as `tb-explain list` prints it")
    parser.add_argument("tag", help="name of a tag of it")
    parser.add_argument("--step", type=int, help="the record of this step; default: the last one")
    parser.add_argument(
        "--rows", type=int, default=20, help="rows of an array; default: %(default)s"
    )
    parser.add_argument("--json", action="store_true", help="print the whole record as JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the record."""
    options.runs = None
    try:
        series = common.chosen_runs(options)[options.run][options.tag]
        record = series[-1] if options.step is None else series.at(options.step)
    except IndexError:
        common.say(f"None of its records can be read: {'; '.join(series.problems)}")
        return common.NOTHING
    except KeyError as error:
        raise common.UsageError(error.args[0]) from error
    if options.json:
        for part in _as_json(record):
            print(part, end="")
        print()
    else:
        _print(series, record, options.rows)
    return common.FOUND


def _as_json(record: LoadedRecord) -> Iterator[str]:
    """Yields the record as one JSON object, part by part: as one text it takes far more memory."""
    about = {"kind": record.kind, "monitor": record.monitor, "step": record.step}
    about |= {"epoch": record.epoch, "fields": dict(record.fields)}
    yield json.dumps(about, ensure_ascii=False).removesuffix("}") + ', "arrays": {'
    for number, (name, array) in enumerate(record.arrays.items()):
        yield f"{', ' * bool(number)}{json.dumps(name, ensure_ascii=False)}: "
        yield from _array_as_json(array)
    yield "}}"


def _array_as_json(array: np.ndarray) -> Iterator[str]:
    row = math.prod(size or 1 for size in array.shape[1:])  # empty lists take room as well
    if array.ndim == 0 or len(array) * row <= _PIECE:
        yield json.dumps(_plain(array.tolist()))
        return
    together = _PIECE // row
    yield "["
    for start in range(0, len(array), together or 1):
        yield ", " * bool(start)
        if together:
            yield json.dumps(_plain(array[start : start + together].tolist()))[1:-1]
        else:
            yield from _array_as_json(array[start])
    yield "]"


def _plain(value: Any) -> Any:
    """Returns nested lists in which what JSON lacks is text, as in records."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _print(series: Series, record: LoadedRecord, rows: int) -> None:
    epoch = "untrained" if record.epoch < 0 else f"epoch {record.epoch}"
    print(f"{series.run}, {series.tag}: {record.kind} at step {record.step}, {epoch}")
    print(f"record {record.stored.written} of its tag, written {_moment(record.wall_time)}\n")
    for name, value in record.fields.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        print(f"{name}: {text if len(text) <= _LONGEST else text[:_LONGEST] + ' ...'}")
    for name in record.arrays:
        print()
        _print_array(series, record, name, rows)


def _moment(seconds: float) -> str:
    if abs(seconds) > _LATEST:  # only a damaged log holds it
        return f"{seconds:g} s after 1970"
    return f"{np.datetime64(int(seconds), 's')} UTC"


def _print_array(series: Series, record: LoadedRecord, name: str, rows: int) -> None:
    array = record.arrays[name]
    axes = axes_of(record, name)
    shape = " x ".join(f"{size} {axis}" for size, axis in zip(array.shape, axes, strict=True))
    print(f"{name}: {array.dtype} [{shape}]{_extent(array)}")
    if array.ndim > 2 or array.size == 0 or (array.ndim == 2 and array.shape[1] > _WIDEST):
        return
    table = layer_table(series, record)
    count = len(array) if axes else 1
    down = labels_along(record, axes[0], count, table)[:rows] if axes else [""]
    columns = array.reshape(count, -1)
    across = ["value"] if array.ndim < 2 else labels_along(record, axes[1], array.shape[1], table)
    shown = zip(down, columns[:rows], strict=True)
    cells = [[str(label), *map(_number, row)] for label, row in shown]
    common.print_table([axes[0] if axes else "", *map(str, across)], cells)
    if count > rows:
        print(f"... {count - rows} more rows: --rows {count}")


def _extent(array: np.ndarray) -> str:
    if array.size == 0:
        return ""
    finite = array[np.isfinite(array)]
    odd = f", {array.size - finite.size} not finite" if finite.size < array.size else ""
    if finite.size == 0:
        return odd
    low, mean, high = finite.min(), finite.mean(dtype=np.float64), finite.max()
    return f", {_number(low)} to {_number(high)}, mean {_number(mean)}{odd}"


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)
