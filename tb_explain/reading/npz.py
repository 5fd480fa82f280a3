"""Records as one NumPy file, from which they come back to the byte.

An .npz file has, below `<run>/<tag>/` (names percent-encoded where a path would not hold them):

    about         uint8: UTF-8 of JSON: {"run", "tag", "kind", "monitor"}
    steps         int64 [steps], and `epochs` int64, `written` int64, `wall_times` float64 likewise
    fields        uint8: UTF-8 of a JSON list: the fields of each record
    <array>       [steps, ...]: as stored (counts; their scales are `<array>.scale`), where every
                  record has it in the same shape and type
    <array>@<n>   [...]: of record n alone, where they differ

so that `numpy.load("records.npz")["version_0/gradcam/cam/map.0"]` are the maps of all steps.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import numpy as np

from tb_explain import schema
from tb_explain.reading.record import LoadedRecord
from tb_explain.reading.runs import Decoded, Run, Runs, Series

_OWN = frozenset(("about", "steps", "epochs", "written", "wall_times", "fields"))


def save(series: Iterable[Series], file: IO[bytes]) -> None:
    """Writes all records of `series` to `file`."""
    members: dict[str, Any] = dict(_all_members(series))
    np.savez_compressed(file, **members)


def load(path: Path, wanted: Callable[[str], bool] = lambda _: True) -> Runs:
    """Returns the runs that `save` wrote to `path`, as far as their names are `wanted`.

    Raises:
      ValueError: the file is not one of those.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            series = [_series(members) for members in _grouped(file) if _is_wanted(members, wanted)]
    except (ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile, OSError) as error:
        raise ValueError(
            f"{path} is not a file that `tb-explain export --format npz` wrote: {error}"
        ) from error
    by_run: dict[str, list[Series]] = {}
    for entry in series:
        by_run.setdefault(entry.run, []).append(entry)
    return Runs([Run(name, entries) for name, entries in by_run.items()])


def _all_members(series: Iterable[Series]) -> Iterator[tuple[str, np.ndarray]]:
    for entry in series:
        prefix = f"{path_of(entry)}/"
        for name, array in _members(entry).items():
            yield prefix + name, array


def _members(series: Series) -> dict[str, np.ndarray]:
    about = {name: getattr(series, name) for name in ("run", "tag", "kind", "monitor")}
    members = {
        "about": _from_json(about),
        "steps": series.steps,
        "epochs": series.epochs,
        "written": np.array([record.stored.written for record in series], np.int64),
        "wall_times": series.wall_times,
        "fields": _from_json([dict(record.fields) for record in series]),
    }
    for name in dict.fromkeys(name for record in series for name in record.stored.arrays):
        members.update(_array(name, [record.stored.arrays.get(name) for record in series]))
    return members


def _array(name: str, arrays: list[np.ndarray | None]) -> dict[str, np.ndarray]:
    present = [array for array in arrays if array is not None]
    alike = len({(array.shape, array.dtype.str) for array in present}) == 1
    if alike and len(present) == len(arrays) and name not in _OWN:
        return {name: np.stack(present)}
    return {f"{name}@{n}": array for n, array in enumerate(arrays) if array is not None}


def _grouped(file: Mapping[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """Returns the members of each series, by their names in it."""
    places: dict[str, dict[str, np.ndarray]] = {}
    for path in file:
        # Tags have slashes of their own, and so have names of arrays that hold a module's name.
        if path.endswith("/about"):
            places[path.removesuffix("about")] = {}
    for path in file:
        prefix = next((parent for parent in _parents(path) if parent in places), None)
        if prefix is None:
            raise ValueError(f"{path!r} belongs to no series")
        places[prefix][path.removeprefix(prefix)] = file[path]
    return list(places.values())


def _parents(path: str) -> Iterator[str]:
    """Yields all that `path` begins with up to a slash, the longest first."""
    end = path.rfind("/")
    while end >= 0:
        yield path[: end + 1]
        end = path.rfind("/", 0, end)


def _is_wanted(members: Mapping[str, np.ndarray], wanted: Callable[[str], bool]) -> bool:
    return wanted(_to_json(members["about"])["run"])


def _series(members: Mapping[str, np.ndarray]) -> Series:
    about = _to_json(members["about"])
    fields = _to_json(members["fields"])
    arrays: list[dict[str, np.ndarray]] = [{} for _ in fields]
    for name, array in members.items():
        own, _, place = name.rpartition("@")
        if place.isdecimal() and own:
            arrays[int(place)][own] = array
        elif name not in _OWN:
            for held, value in zip(arrays, array, strict=True):
                held[name] = value
    columns = zip(
        *(members[name].tolist() for name in ("steps", "epochs", "written", "wall_times")),
        fields,
        arrays,
        strict=True,
    )
    records = tuple(
        LoadedRecord(
            schema.Record(about["kind"], about["monitor"], step, epoch, written, said, held), wall
        )
        for step, epoch, written, wall, said, held in columns
    )
    return Series(**about, decode=lambda: Decoded(records))


def safe(name: str, keep: str = "/ ") -> str:
    """Returns `name` as part of a path that never leads out of a folder."""
    quoted = quote(name, safe=keep, errors="surrogateescape")
    # No part may be empty, or dots alone.
    parts = [p.replace(".", "%2E") if set(p) <= {"."} else p for p in quoted.split("/")]
    return "/".join(part or "%2F" for part in parts)


def path_of(series: Series) -> str:
    """Returns `<run>/<tag>`, as a path that never leads out of a folder."""
    return f"{safe(series.run)}/{safe(series.tag)}"


def _from_json(value: Any) -> np.ndarray:
    return np.frombuffer(json.dumps(value, ensure_ascii=True).encode(), np.uint8)


def _to_json(array: np.ndarray) -> Any:
    return json.loads(array.tobytes())
