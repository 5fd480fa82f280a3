"""Training in a situation with and without monitors, and what came of it for each of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from lightning_callbacks.guard import stored_tensors
from tb_explain import schema
from tests import toys
from tests.matrix import nets
from tests.matrix.cases import REFUSALS, Case
from tests.matrix.deviations import deviation, unlike
from tests.matrix.monitors import COLUMNS, EXPLAIN, KINDS, NAMED, all_monitors
from tests.matrix.state import state_of
from tests.matrix.witness import Step, furthest, of_training

# After the name of a method, in a note of a monitor that recorded others.
_PARTLY = " cannot explain this model: "


@dataclass(frozen=True)
class Cell:
    """What came of one monitor in one situation.

    Attributes:
      deviation: of its last records from those of the same weights in plain float32.
      refusal: why it recorded nothing, or not all; None if it recorded all.
      partly: whether it recorded something all the same.
      unlike: tags, arrays or kinds of record that one of the two lacks, and does not say why.
    """

    deviation: float = 0.0
    refusal: str | None = None
    partly: bool = False
    unlike: frozenset[str] = frozenset()


class Spy(pl.Callback):
    """Stands where the monitors do, and keeps the weights that they see, by hook."""

    def __init__(self) -> None:
        self.seen: dict[str, Mapping[str, Any]] = {}

    def on_validation_batch_end(self, trainer, pl_module, *_batch) -> None:
        self.seen["validation"] = copy.deepcopy(pl_module.state_dict())

    def on_train_epoch_end(self, trainer, pl_module) -> None:
        self.seen["epoch end"] = copy.deepcopy(pl_module.state_dict())

    def on_train_end(self, trainer, pl_module) -> None:
        self.seen["train end"] = copy.deepcopy(pl_module.state_dict())


class Reset(pl.Callback):
    """Puts the weights back that a model changes while it is validated, as observers do."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        self.weights = copy.deepcopy(dict(weights))

    def on_validation_end(self, trainer, pl_module) -> None:
        pl_module.load_state_dict(self.weights)


@dataclass(frozen=True)
class Trained:
    """A model after its training."""

    module: Any
    state: Mapping[str, Tensor]
    records: Sequence[schema.Record]
    spy: Spy


def train(case: Case, root: Path, monitors: Sequence[Any]) -> Trained:
    """Returns what an epoch of training leaves."""
    torch._dynamo.reset()
    pl.seed_everything(1, verbose=False)
    module, spy = case.build(), Spy()
    pl.seed_everything(3, verbose=False)
    callbacks = [*case.before(), spy, *monitors, *case.after()]
    trainer = toys.trainer(root, *callbacks, max_epochs=1, **case.trainer())
    trainer.fit(case.fitted(module), *nets.loaders())
    return Trained(module, state_of(trainer, module), toys.read_records(root), spy)


def cells(case: Case, watched: Trained, root: Path) -> Mapping[str, Cell]:
    """Returns what came of each monitor, against the same weights in a plain model."""
    looks: dict[str, list[schema.Record]] = {}
    for hook, weights in watched.spy.seen.items():
        same = [other for other in looks if _same(watched.spy.seen[other], weights)]
        looks[hook] = looks[same[0]] if same else look(case, watched, weights, root / hook)
    reference = {
        record.tag: record
        for hook, records in looks.items()
        for record in records
        if _hook_of(record.monitor) == hook
    }
    steps = watched.module.witnessed
    return {
        column: cell(column, _of(column, watched.records), reference, steps) for column in COLUMNS
    }


def _hook_of(monitor: str) -> str:
    """Returns at which hook a monitor makes its last record."""
    if "outputs" in monitor:
        return "validation"
    return "train end" if "sensitivity" in monitor else "epoch end"


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    pairs = [(one[name], other[name]) for name in one if isinstance(one[name], Tensor)]
    parts = ((a, b) for x, y in pairs for a, b in zip(*map(stored_tensors, (x, y)), strict=True))
    return all(torch.equal(a, b) for a, b in parts)


def look(
    case: Case, watched: Trained, weights: Mapping[str, Any], root: Path
) -> list[schema.Record]:
    """Returns what monitors record of `weights` in the plain model, in one look."""
    plain = case.plain(watched.module, weights)
    callbacks = [Reset(plain.state_dict()), *all_monitors()]
    toys.trainer(root, *callbacks).validate(plain, nets.loaders()[1], verbose=False)
    return toys.read_records(root)


def _of(column: str, records: Sequence[schema.Record]) -> list[schema.Record]:
    if column == EXPLAIN:
        return [record for record in records if not record.monitor.startswith(NAMED)]
    return [record for record in records if record.monitor == NAMED + column]


def cell(
    column: str,
    records: Sequence[schema.Record],
    reference: Mapping[str, schema.Record],
    steps: Mapping[int, Step],
) -> Cell:
    """Returns what came of a monitor, given its records.

    Args:
      column: the monitor, or `explain()`.
      records: its own.
      reference: what they should be, by tag, of all monitors.
      steps: what the module saw of its training.
    """
    last = {record.tag: record for record in records}
    gaps = {r.monitor: r.fields["gap"] for r in last.values() if r.fields.get("gap")}
    if gaps and column != EXPLAIN:
        return Cell(refusal=next(iter(gaps.values())))
    trained = of_training(records)
    whole = {
        tag: record
        for tag, record in last.items()
        if not record.fields.get("gap") and record.monitor not in trained
    }
    own = _of(column, list(reference.values()))
    wanted = {r.tag: r for r in own if not r.fields.get("gap")}
    missed = _notes(records)
    apart = [
        deviation(one, wanted[tag], partly=True) for tag, one in whole.items() if tag in wanted
    ]
    apart += [_from_training(column, monitor, records, steps) for monitor in sorted(trained)]
    if not {record.kind for record in records} >= KINDS[column]:
        apart.append(math.inf)  # the reference may lack them too
    return Cell(
        max(apart, default=math.inf),
        next(iter([*gaps.values(), *missed.values()]), None),
        partly=bool(gaps or missed),
        unlike=_unlike(whole, wanted, gaps, missed),
    )


def _notes(records: Sequence[schema.Record]) -> Mapping[str, str]:
    """Returns {method: why it recorded nothing}, of methods whose monitor did record."""
    notes = (note for record in records for note in record.fields.get("notes") or ())
    return dict(note.split(_PARTLY, 1) for note in notes if _PARTLY in note)


def _from_training(
    column: str, monitor: str, records: Sequence[schema.Record], steps: Mapping[int, Step]
) -> float:
    own = [record for record in records if record.monitor == monitor]
    # `explain()` watches some layers only.
    return furthest(own, steps, every_layer=column != EXPLAIN)


def _unlike(
    found: Mapping[str, schema.Record],
    wanted: Mapping[str, schema.Record],
    gaps: Mapping[str, str],
    missed: Mapping[str, str],
) -> frozenset[str]:
    """Returns tags and arrays that one side lacks, unless it says why."""
    tags = {tag for tag in found.keys() ^ wanted.keys() if not _excused(tag, found, wanted, gaps)}
    arrays = {
        f"{tag}: {name}"
        for tag in found.keys() & wanted.keys()
        for name in unlike(found[tag], wanted[tag], missed)
    }
    return frozenset(tags | arrays)


def _excused(
    tag: str,
    found: Mapping[str, schema.Record],
    wanted: Mapping[str, schema.Record],
    gaps: Mapping[str, str],
) -> bool:
    return tag not in found and wanted[tag].monitor in gaps


def word(case: Case, column: str, cell: Cell) -> str:
    """Returns what stands in the table; raises AssertionError where it is not what was stated."""
    note = case.refused.get(column)
    known = [name for name, words in REFUSALS.items() if cell.refusal and words in cell.refusal]
    assert (cell.refusal is None) == (note is None), f"{column}: {cell.refusal}"
    assert note is None or note in known, f"{column} refuses otherwise: {cell.refusal}"
    if note is not None and not cell.partly:
        return f"refused: {note}"
    otherwise = column == EXPLAIN and case.chosen_otherwise
    assert bool(cell.unlike) == otherwise, f"{column} is unlike: {sorted(cell.unlike)}"
    tolerance = case.tolerances.get(column, 0.0)
    assert cell.deviation <= tolerance, f"{column} is {cell.deviation:g} off"
    right = f"to {tolerance:g}" if tolerance else "exact"
    right += ", other choice" if otherwise else ""
    return right if note is None else f"{right}, in part: {note}"
