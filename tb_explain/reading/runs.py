"""Runs, their series, and the records of a series, as mappings and sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from tb_explain.reading.record import LoadedRecord

if TYPE_CHECKING:
    import pandas as pd

    from tb_explain.reading.log import Log


@dataclass(frozen=True)
class Decoded:
    """The records of one series by ascending step, and what could not be read of it, in words."""

    records: tuple[LoadedRecord, ...]
    problems: tuple[str, ...] = ()


class Series(Sequence[LoadedRecord]):
    """All records of one tag of one run, by ascending step: the newest where a step has several.

    They are read and decoded at the first use.

    Attributes:
      run: name of the run.
      tag: name of the tag, such as "gradcam/cam".
      kind: a key of `tb_explain.schema.KINDS`.
      monitor: name of the monitor that wrote it.
      siblings: all series of its run, by tag.
    """

    def __init__(
        self, run: str, tag: str, kind: str, monitor: str, decode: Callable[[], Decoded]
    ) -> None:
        self.run, self.tag, self.kind, self.monitor = run, tag, kind, monitor
        self.siblings: Mapping[str, Series] = {tag: self}
        self._decode = decode

    @cached_property
    def _decoded(self) -> Decoded:
        return self._decode()

    @property
    def name(self) -> str:
        """The tag."""
        return self.tag

    @property
    def records(self) -> tuple[LoadedRecord, ...]:
        """All records."""
        return self._decoded.records

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be decoded, in words."""
        return self._decoded.problems

    def examined(self) -> tuple[str, ...]:
        """Returns `problems`; unlike it, holds no records in memory that were not held before."""
        held: Decoded | None = vars(self).get("_decoded")
        return (held or self._decode()).problems

    @property
    def steps(self) -> np.ndarray:
        """int64 [steps]: completed optimizer steps at each record."""
        return np.array([record.step for record in self.records], np.int64)

    @property
    def epochs(self) -> np.ndarray:
        """int64 [steps]: the epoch just finished at each record; -1 for the untrained model."""
        return np.array([record.epoch for record in self.records], np.int64)

    @property
    def wall_times(self) -> np.ndarray:
        """float64 [steps]: when each record was written, in seconds since 1970."""
        return np.array([record.wall_time for record in self.records], np.float64)

    @property
    def array_names(self) -> tuple[str, ...]:
        """Names of all arrays that any of the records has."""
        return tuple(dict.fromkeys(name for record in self for name in record.arrays))

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, as they are stored."""
        return sum(a.nbytes for record in self for a in record.stored.arrays.values())

    @overload
    def __getitem__(self, index: int) -> LoadedRecord: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[LoadedRecord, ...]: ...
    def __getitem__(self, index: int | slice) -> LoadedRecord | tuple[LoadedRecord, ...]:
        return self.records[index]

    def __len__(self) -> int:
        return len(self.records)

    def at(self, step: int) -> LoadedRecord:
        """Returns the record of `step`.

        Raises:
          KeyError: there is none; the message lists the steps there are.
        """
        for record in self.records:
            if record.step == step:
                return record
        steps = self.steps.tolist()
        shown = str(steps) if len(steps) <= 20 else f"{steps[:10]} ... {steps[-10:]}"
        raise KeyError(
            f"{self.run}, {self.tag} has no record of step {step}. Expect one of {shown}."
        )

    def array(self, name: str) -> np.ndarray:
        """Returns [steps, ...]: the array `name` of every record that has it.

        A quantised array comes as float32 in its unit. `steps_of(name)` are the steps.

        Raises:
          KeyError: no record has it.
          ValueError: its shape changes from record to record.
        """
        found = [record.arrays[name] for record in self if name in record.arrays]
        if not found:
            raise KeyError(
                f"{self.run}, {self.tag} has no array {name!r}. Expect one of "
                f"{list(self.array_names)}."
            )
        shapes = {array.shape for array in found}
        if len(shapes) > 1:
            raise ValueError(
                f"{name!r} changes its shape from record to record: {sorted(shapes)}. "
                "Take it record by record: series.at(step).arrays."
            )
        return np.stack(found)

    def steps_of(self, name: str) -> np.ndarray:
        """Returns int64 [steps]: the steps whose records have the array `name`."""
        return np.array([record.step for record in self if name in record.arrays], np.int64)

    def to_frame(self, *names: str) -> pd.DataFrame:
        """Returns a pandas.DataFrame with one row per number of the arrays `names` (default: all).

        Its columns are those of `tb_explain.reading.tables.table`: step, epoch, array, one per
        axis, value; of a series without arrays one row per record, with its fields.

        Raises:
          ModuleNotFoundError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "to_frame() needs pandas: pip install pandas. Without it, array(name) is numpy."
            ) from error
        from tb_explain.reading.tables import table

        return pd.DataFrame(table(self, names))

    def __repr__(self) -> str:
        return f"<{self.kind} series {self.tag!r} of {self.run!r}>"


class Run(Mapping[str, Series]):
    """The series of one run by tag, in natural order.

    Attributes:
      name: as TensorBoard calls it.
    """

    def __init__(self, name: str, series: Sequence[Series]) -> None:
        self.name = name
        self._series = {entry.tag: entry for entry in series}
        for entry in series:
            entry.siblings = self

    def __getitem__(self, tag: str) -> Series:
        if tag not in self._series:
            raise KeyError(f"{self.name} has no tag {tag!r}. Expect one of {list(self._series)}.")
        return self._series[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def of_kind(self, kind: str) -> list[Series]:
        """Returns the series of `kind`; none if the run has none.

        Raises:
          KeyError: there is no such kind at all.
        """
        from tb_explain import schema

        if kind not in schema.KINDS:
            raise KeyError(f"Unknown kind {kind!r}. Expect one of {sorted(schema.KINDS)}.")
        return [series for series in self.values() if series.kind == kind]

    def __repr__(self) -> str:
        return f"<run {self.name!r}: {list(self)}>"


class Runs(Mapping[str, Run]):
    """The runs that hold records, by name, in natural order.

    Attributes:
      damages: what is known to be unreadable before any record is looked at, in words: damaged
        files, series of a newer format.
      log: what the event files held; None of what was loaded from an export.
    """

    def __init__(
        self, runs: Sequence[Run], damages: Sequence[str] = (), log: Log | None = None
    ) -> None:
        self._runs = {run.name: run for run in runs}
        self.damages = tuple(damages)
        self.log = log

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """All that could not be read, in words: `damages`, and what the series' `problems` say.

        Decodes every record once to find out, and holds none of them.
        """
        series = [each for run in self.values() for each in run.values()]
        broken = (f"{each.run}, {each.tag}: {why}" for each in series for why in each.examined())
        return (*self.damages, *broken)

    def __getitem__(self, name: str) -> Run:
        if name not in self._runs:
            raise KeyError(f"No run {name!r}. Expect one of {list(self._runs)}.")
        return self._runs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def __repr__(self) -> str:
        return f"<{len(self)} runs: {list(self)}>"
