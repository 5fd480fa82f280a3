"""Plans for the page, made from what a run recorded; the text is that of a plan.json."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Hashable

import numpy as np
from tensorboard import errors

from tb_explain import planning, schema
from tb_explain.listing import Series
from tb_explain.plan_query import PlanQuery
from tb_explain.planning.sensitivity import from_record
from tb_explain.reader import Reader, Recorded, Scope
from tb_explain.responses import shown

KIND = "sensitivity"
HELD = 16  # decoded sensitivities: one for each of a person's runs, and the steps around
MOST_UNITS = 20_000  # of a record that plans are made of: what a request may cost is bounded


class Planner:
    """Makes plans from records; keeps those that were decoded last."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[schema.Record, planning.Sensitivity]] = (
            OrderedDict()
        )

    def plan(self, scope: Scope, query: PlanQuery) -> str:
        """Returns the text of a plan.json.

        Raises:
          NotFoundError: the run holds no such record, or it can't be read.
          InvalidArgumentError: no plan can be made as asked; the message says why.
        """
        record, sensitivity = self._sensitivity(scope, query)
        source = {"monitor": query.monitor, "step": record.step, "epoch": record.epoch}
        try:
            plan = planning.make_plan(
                sensitivity, query.budget, query.allocator, query.constraints, source
            )
        except planning.PlanError as error:
            raise errors.InvalidArgumentError(str(error)) from error
        for name, value in plan.predicted.items():
            if not math.isfinite(value):  # JSON can't say it
                raise errors.InvalidArgumentError(
                    f"The plan's predicted {name} is {value}: the record holds values that are "
                    "not finite. Freeze their units, or plan from another record."
                )
        return plan.to_json()

    def _sensitivity(
        self, scope: Scope, query: PlanQuery
    ) -> tuple[schema.Record, planning.Sensitivity]:
        found = self._series(scope, query)
        (recorded,) = self._reader.read(scope, [found])
        stored = recorded.records if isinstance(recorded, Recorded) else ()
        one = next((each for each in stored if each.step == query.step), None)
        if one is None:
            raise errors.NotFoundError(
                f"{shown(query.monitor)} of run {shown(query.run)} has no record that can be "
                f"read at step {query.step}. Steps: {[each.step for each in stored][-20:]}."
            )
        key = (scope.experiment, query.run, found.tag, one.step, one.wall_time)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        decoded = _decoded(bytes(one.data), query)
        with self._lock:
            self._held[key] = decoded
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        return decoded

    def _series(self, scope: Scope, query: PlanQuery) -> Series:
        for series in self._reader.index(scope).series:
            if (series.run, series.monitor, series.kind) == (query.run, query.monitor, KIND):
                return series
        raise errors.NotFoundError(
            f"run {shown(query.run)} holds no sensitivity of a monitor {shown(query.monitor)}."
        )


def _decoded(data: bytes, query: PlanQuery) -> tuple[schema.Record, planning.Sensitivity]:
    try:
        record = schema.unpack(data)
        if record.kind != KIND or record.fields.get("gap") is not None:
            raise schema.RecordError("it is a gap, or of another kind")
        sensitivity = from_record(record)
        _check_sound(sensitivity)
    except schema.RecordError as error:
        raise errors.NotFoundError(
            f"the record of {shown(query.monitor)} at step {query.step} holds no sensitivity "
            f"that can be read: {shown(str(error))}."
        ) from error
    return record, sensitivity


def _check_sound(found: planning.Sensitivity) -> None:
    """Raises RecordError for what `from_record` lets pass and allocators take for granted."""
    units, levels = len(found.units), len(found.levels)
    tables = [array for array in (found.removed, found.stored_bits) if array is not None]
    counts = [len(found.shares) == len(array) for array in found.counts.values()]
    wide = [array.shape == (units, levels) for array in tables]
    flat = [array.ndim == 2 and array.shape[1] == units for array in found.counts.values()]
    discrete = found.edit in ("bits", "clusters")
    needed = found.stored_bits if discrete else found.removed
    rows = range(units)
    placed = [
        (layer.out is None or layer.out in rows) and all(unit in rows for unit, _ in layer.ins)
        for layer in found.layers
    ]
    sizes = [type(unit.size) is int and unit.size > 0 for unit in found.units]
    if not all(
        [*wide, *counts, *flat, *placed, *sizes, needed is not None, 0 < units <= MOST_UNITS]
    ):
        raise schema.RecordError("its arrays do not fit its units")
    if not np.isfinite(found.levels).all():  # a plan names them, and JSON has no NaN
        raise schema.RecordError("its levels are not finite")
    if not {"kl", "kl_batch"} & set(found.values):
        raise schema.RecordError("it holds no KL divergences, which plans are made of")
