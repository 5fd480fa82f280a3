"""The numbers of a series as rows: what becomes a CSV file or a pandas.DataFrame.

One row per number, with the columns `step`, `epoch`, `array`, one per axis (`layer`, `sample`,
`y`, ...: a name where the record has one, else an index, None for arrays without that axis), and
`value`: a Python int or float, a float32 as the float64 of the same value. What was quantised comes
in its unit. A series without arrays has one row per record: `step`, `epoch`, and its fields, of
which lists and objects are JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tb_explain.reading.axes import axes_of, labels_along
from tb_explain.reading.record import LoadedRecord

if TYPE_CHECKING:
    from tb_explain.reading.runs import Series

Columns = dict[str, list[Any]]
# Rows at a time: what a number takes as one is a hundred times what it takes in a record.
PIECE = 2**12


def table(series: Series, names: Sequence[str] = ()) -> Columns:
    """Returns the columns of `series`, by name; of the arrays `names`, or of all.

    Raises:
      KeyError: no record has one of `names`.
    """
    whole: Columns = {}
    for piece in pieces(series, names):
        for name, cells in piece.items():
            whole.setdefault(name, []).extend(cells)
    return whole


def pieces(series: Series, names: Sequence[str] = ()) -> Iterator[Columns]:
    """Yields the rows of `table`, some at a time, all with the same columns; at first without any.

    Raises:
      KeyError: no record has one of `names`.
    """
    check_names(series, names)
    known = series.array_names
    yield from _numbers(series, names or known) if known else [_fields(series)]


def check_names(series: Series, names: Sequence[str]) -> None:
    """Makes sure that `series` has the arrays `names`.

    Raises:
      KeyError: no record has one of them.
    """
    known = series.array_names
    for name in names:
        if name not in known:
            raise KeyError(f"{series.tag} has no array {name!r}. Expect one of {list(known)}.")


def _numbers(series: Series, names: Sequence[str]) -> Iterator[Columns]:
    cells = [(record, name) for record in series for name in names if name in record.arrays]
    axes = dict.fromkeys(axis for record, name in cells for axis in axes_of(record, name))
    yield {"step": [], "epoch": [], "array": [], **{axis: [] for axis in axes}, "value": []}
    tables = _layer_tables(series)
    for record, name in cells:
        along = _labels(record, name, tables.get(str(record.fields.get("table"))))
        numbers = record.arrays[name].reshape(-1)
        for start in range(0, numbers.size, PIECE):
            values = numbers[start : start + PIECE].tolist()
            places = _places(along, range(start, start + len(values)))
            yield {
                "step": [record.step] * len(values),
                "epoch": [record.epoch] * len(values),
                "array": [name] * len(values),
                **{axis: places.get(axis, [None] * len(values)) for axis in axes},
                "value": values,
            }


def _labels(
    record: LoadedRecord, name: str, named: Mapping[str, Any] | None
) -> dict[str, Sequence[Any]]:
    """Returns what stands along each axis of the array."""
    sizes = zip(axes_of(record, name), record.arrays[name].shape, strict=True)
    return {axis: labels_along(record, axis, size, named) for axis, size in sizes}


def _places(along: Mapping[str, Sequence[Any]], numbers: range) -> Columns:
    """Returns, per axis, where each of `numbers` stands on it, counted in the array's order."""
    if not along:
        return {}
    indices = np.unravel_index(np.array(numbers), tuple(map(len, along.values())))
    return {
        axis: [labels[index] for index in found.tolist()]
        for (axis, labels), found in zip(along.items(), indices, strict=True)
    }


def _layer_tables(series: Series) -> dict[str, Mapping[str, Any]]:
    """Returns the fields of each table of the run, by its digest; none where none is needed."""
    if not any("table" in record.fields for record in series):
        return {}
    tables = [other for other in series.siblings.values() if other.kind == "layer_table"]
    found = [record.fields for other in tables for record in other]
    return {str(fields.get("digest")): fields for fields in reversed(found)}


def layer_table(series: Series, record: LoadedRecord) -> Mapping[str, Any] | None:
    """Returns the fields of the table that names the rows and columns of `record`."""
    return _layer_tables(series).get(str(record.fields.get("table")))


def _fields(series: Series) -> Columns:
    names = dict.fromkeys(name for record in series for name in record.fields)
    columns: Columns = {"step": [], "epoch": [], **{name: [] for name in names}}
    for record in series:
        columns["step"].append(record.step)
        columns["epoch"].append(record.epoch)
        for name in names:
            columns[name].append(_cell(record.fields.get(name)))
    return columns


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
