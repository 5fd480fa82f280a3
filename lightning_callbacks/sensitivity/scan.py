"""`scan_sensitivity`: what each edit of each unit does to the outputs, measured exactly.

The numbers are those of the naive loop (edit, run the whole model on all samples, restore), bit for
bit; but what comes before an edit is not run again (`replay`), and every unit is sorted once.

KL is measured twice: as the model stands, and "in batch statistics": BatchNorm layers behind the
edit use mean and variance of the chunk, as they would nearly after re-estimation, and so they do in
the unedited model that this is held against. Chunks are the same for all units and as even as can
be, since there the numbers depend on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, TypedDict

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.sensitivity.edits.edited import EditedUnit, Edits, Layers, Levels
from lightning_callbacks.sensitivity.fusing import Mode, mode_for
from lightning_callbacks.sensitivity.grid import Grid
from lightning_callbacks.sensitivity.lane import Lane
from lightning_callbacks.sensitivity.options import check_options
from lightning_callbacks.sensitivity.progress import Progress
from lightning_callbacks.sensitivity.samples import Chunk
from lightning_callbacks.sensitivity.scores import PerSample, Reference, Scorer
from lightning_callbacks.sensitivity.subject import Subject, subject
from lightning_callbacks.sensitivity.tables import sensitivity_of
from tb_explain.planning import Sensitivity


class ScanOptions(TypedDict, total=False):
    """How to scan; see `scan_sensitivity`."""

    loss: PerSample | None
    metric: PerSample | None
    mode: str
    chunk: int
    batch_statistics: bool
    forward: ForwardSpec | None
    budget_seconds: float | None
    first_unit: int
    share: tuple[int, int] | None
    progress: bool


def scan_sensitivity(
    model: nn.Module,
    batches: Any,
    *,
    kind: str = "unstructured",
    levels: Levels = None,
    layers: Layers = None,
    **options: Unpack[ScanOptions],
) -> Sensitivity:
    """Returns what each edit changes, measured on all samples; the model is left as it was.

    Args:
      model: eager, compiled or wrapped; it is run in evaluation mode.
      batches: a batch or an iterable of batches (tensors, tuples, dicts); labels are found as in
        every monitor, and none are needed for KL.
      kind: of `EDIT_KINDS`.
      levels: of the edit; None: the kind's own.
      layers: names, globs, classes or modules; None: all.
      **options: `loss` and `metric` are given outputs and truths and return one value per sample;
        None: cross-entropy and accuracy, of a regression squared and minus the absolute error.
        `mode`: "bitwise"; "fused" folds BatchNorm into convolutions and runs these in channels-last
        memory, which changes the last bits; "bf16" moreover runs in half precision, good for
        ranking. `chunk`: samples run at once (64). `batch_statistics`: whether KL is measured so,
        too; not where the model has no BatchNorm, or a chunk has one sample. `forward`: as in every
        monitor. `budget_seconds`: units are left unmeasured (NaN) when it is used up; at least one
        is measured, `first_unit` first, so that the next scan can go on where this one ended.
        `share`: (i, n) measures every n-th unit alone, from the i-th on: one of n processes' share.
        `progress`: writes a line to stderr.

    Raises:
      TypeError: an unknown option.
      ValueError: unknown kind or mode, levels that the kind can't take, a budget below 0, a loss or
        metric that gives no value per sample, a label that is of no class.
      LayerError: `layers` names nothing that can be edited.
      BatchError: there are no samples.
    """
    check_options(options, ScanOptions, "scan_sensitivity")
    _check_budget(options.get("budget_seconds"))
    size, forward = options.get("chunk", 64), options.get("forward")
    with subject(model, batches, chunk=size, forward=forward) as found:
        edits = found.edits(kind, levels, layers)
        mode = mode_for(options.get("mode", "bitwise"), found.model, found.forward(found.chunks[0]))
        scorer = Scorer(options.get("loss"), options.get("metric"))
        scan = _Scan(found, edits, mode, scorer, options)
        scan.run()
        return scan.result(kind)


def _check_budget(seconds: float | None) -> None:
    if seconds is not None and not seconds >= 0:
        raise ValueError(f"budget_seconds must be 0 or more, or None for no limit, not {seconds}.")


class _Scan:
    def __init__(
        self, found: Subject, edits: Edits, mode: Mode, scorer: Scorer, options: ScanOptions
    ) -> None:
        self._subject = found
        self._edits = edits
        self._mode = mode
        self._scorer = scorer
        self._budget = options.get("budget_seconds")
        self._progress = Progress(shown=options.get("progress", False))
        first = options.get("first_unit", 0) % len(edits.units)
        own, processes = options.get("share") or (0, 1)
        order = [*range(first, len(edits.units)), *range(first)]
        self._order = [unit for unit in order if edits.levels_of(unit)][own::processes]
        self._grid = Grid(len(edits.units), len(edits.levels))
        self._metric = ""
        self._lane = Lane(found, edits.units, mode)
        self._batch_lane: Lane | None = None
        if options.get("batch_statistics", True) and found.has_batch_norm():
            is_same = not mode.folded
            self._batch_lane = (
                self._lane if is_same else Lane(found, edits.units, mode, batch_statistics=True)
            )

    def run(self) -> None:
        for number, chunk in enumerate(self._subject.chunks):
            reference = self._start(chunk)
            begun = time.perf_counter()
            for place, unit in enumerate(self._order):
                self._scan_unit(unit, reference)
                self._show(number, place)
                # What the first chunk took, the others will.
                if number == 0 and self._is_used_up(time.perf_counter() - begun):
                    del self._order[place + 1 :]
                    break

    def result(self, kind: str) -> Sensitivity:
        values, errors = self._grid.results()
        return replace(
            sensitivity_of(self._edits, values, errors, samples=self._grid.samples),
            edit=kind,
            dense=self._grid.dense(),
            metric=self._metric,
            mode=self._mode.name,
        )

    def _start(self, chunk: Chunk) -> Reference:
        dense = self._lane.start(chunk)
        if self._batch_lane not in (None, self._lane):
            self._batch_lane.start(chunk)
        truths = self._subject.truths(chunk, dense)
        self._metric = self._scorer.metric_name(dense, truths)
        reference = self._scorer.reference(dense, truths)
        self._grid.add_dense(reference)
        self._grid.expect(self._measures(reference))
        return reference

    def _measures(self, reference: Reference) -> list[str]:
        in_batch = [] if self._batch_lane is None else ["kl_batch"]
        return ["kl", *in_batch, *reference.own]

    def _is_used_up(self, seconds: float) -> bool:
        return self._budget is not None and seconds * len(self._subject.chunks) >= self._budget

    def _show(self, number: int, place: int) -> None:
        units = len(self._order)
        name = self._edits.units[self._order[place]].unit.name
        total = units * len(self._subject.chunks)
        self._progress.show(number * units + place + 1, total, name)

    def _scan_unit(self, number: int, reference: Reference) -> None:
        unit = self._edits.units[number]
        in_batch = self._reference_in_batch(number)
        self._lane.prepare(number)
        with _editing(unit) as edited:
            for level in self._edits.levels_of(number):
                with edited(level) as changed:
                    changes = self._changes(number, reference, in_batch, changed=changed)
                self._grid.add(number, level, changes, reference)
                self._mend(number)

    def _reference_in_batch(self, number: int) -> Tensor | None:
        if self._batch_lane is None:
            return None
        self._batch_lane.prepare(number)
        return self._batch_lane.run(number, batch_statistics=True)

    def _changes(
        self, number: int, reference: Reference, in_batch: Tensor | None, *, changed: bool
    ) -> dict[str, Tensor]:
        if not changed:  # a mask over what is zero already
            none = reference.outputs.new_zeros(len(reference.outputs))
            return dict.fromkeys(self._measures(reference), none)
        changes = reference.changes(self._lane.run(number))
        if self._batch_lane is not None and in_batch is not None:
            after = self._batch_lane.run(number, batch_statistics=True)
            changes["kl_batch"] = reference.against(in_batch).divergence(after)
        return changes

    def _mend(self, number: int) -> None:
        self._lane.mend(number)
        if self._batch_lane is not None:
            self._batch_lane.mend(number)


@contextmanager
def _editing(unit: EditedUnit) -> Iterator[Callable[[int], AbstractContextManager[bool]]]:
    """Yields what edits a unit for a while, and says whether that changed a value."""
    kept = [tensor.detach().clone() for tensor in unit.tensors]

    def restore() -> None:
        for tensor, before in zip(unit.tensors, kept, strict=True):
            tensor.copy_(before)

    @contextmanager
    def edited(level: int) -> Iterator[bool]:
        try:
            unit.write(level)
            yield not all(map(torch.equal, unit.tensors, kept))
        finally:
            restore()

    yield edited
