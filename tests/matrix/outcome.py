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
from tests.matrix.deviations import deviation
from tests.matrix.monitors import COLUMNS, EXPLAIN, NAMED, all_monitors

# Statistics are recorded in float32; what is compared with them was added up in float64.
ROUNDING = 1e-6
_PARTLY = "cannot explain this model: "


@dataclass(frozen=True)
class Cell:
    """What came of one monitor in one situation.

    Attributes:
      deviation: of its last records from those of the same weights in plain float32.
      refusal: why it recorded nothing, or not all; None if it recorded all.
      partly: whether it recorded something all the same.
    """

    deviation: float = 0.0
    refusal: str | None = None
    partly: bool = False


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
    weights: Sequence[Tensor]
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
    held = (t for t in module.state_dict().values() if isinstance(t, Tensor))
    state = [*held, *_optimizer_state(trainer), torch.get_rng_state()]
    return Trained(module, state, toys.read_records(root), spy)


def _optimizer_state(trainer: Any) -> list[Tensor]:
    states = [optimizer.state_dict()["state"] for optimizer in trainer.optimizers]
    values = (value for state in states for entry in state.values() for value in entry.values())
    return [value for value in values if isinstance(value, Tensor)]


def identical(one: Trained, other: Trained) -> bool:
    """Whether weights, optimizers and random numbers are the same, bit for bit."""
    pairs = zip(one.weights, other.weights, strict=True)
    parts = ((a, b) for x, y in pairs for a, b in zip(*map(stored_tensors, (x, y)), strict=True))
    return all(a.dtype == b.dtype and torch.equal(a, b) for a, b in parts)


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
    witnessed = witness(watched)
    return {
        column: _cell(column, _of(column, watched.records), reference, witnessed.get(column))
        for column in COLUMNS
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


def _cell(
    column: str,
    records: Sequence[schema.Record],
    reference: Mapping[str, schema.Record],
    witnessed: float | None,
) -> Cell:
    last = {record.tag: record for record in records}
    gaps = [record.fields["gap"] for record in last.values() if record.fields.get("gap")]
    whole = [record for record in last.values() if not record.fields.get("gap")]
    if gaps and column != EXPLAIN:
        return Cell(refusal=gaps[0])
    if not any(record.kind not in ("probe", "layer_table", "setup") for record in whole):
        return Cell(refusal=f"{column} recorded nothing")
    apart = [deviation(one, reference[one.tag]) for one in whole if one.tag in reference]
    if not apart and witnessed is None:
        return Cell(refusal=f"{column} has nothing to be compared with")
    worst = max([*apart, *([] if witnessed is None else [witnessed])], default=0.0)
    notes = [note for record in records for note in record.fields.get("notes") or ()]
    partly = [*gaps, *(note.split(_PARTLY)[1] for note in notes if _PARTLY in note)]
    return Cell(worst, next(iter(partly), None), bool(partly))


def word(case: Case, column: str, cell: Cell) -> str:
    """Returns what stands in the table; raises AssertionError where it is not what was stated."""
    note = case.refused.get(column)
    known = [name for name, words in REFUSALS.items() if cell.refusal and words in cell.refusal]
    if column == EXPLAIN and case.chosen_otherwise:
        return "other choice"
    assert (cell.refusal is None) == (note is None), f"{column}: {cell.refusal}"
    assert note is None or note in known, f"{column} refuses otherwise: {cell.refusal}"
    if note is not None and not cell.partly:
        return f"refused: {note}"
    tolerance = case.tolerances.get(column, 0.0)
    assert cell.deviation <= tolerance, f"{column} is {cell.deviation:g} off"
    right = f"to {tolerance:g}" if tolerance else "exact"
    return right if note is None else f"{right}, in part: {note}"


def witness(watched: Trained) -> Mapping[str, float]:
    """Returns how far monitors of training are from what the module itself saw."""
    seen = watched.module.witnessed
    gradients = _last(watched.records, "gradients", "norm")
    weights = _last(watched.records, "weights", "norm")
    outputs = _last(watched.records, "activations in training", "mean")
    # Both return the logits; of a compiled net the parts are not seen.
    logits = (value for name, value in outputs.items() if name.endswith("head") or name == "net")
    head = next(logits, math.nan)
    return {
        "gradients": _furthest(gradients, seen["gradients"][-1]),
        "weights": _furthest(weights, seen["weights"][-1]),
        "activations in training": _furthest({"head": head}, {"head": seen["logits"][-1]}),
    }


def _last(records: Sequence[schema.Record], column: str, statistic: str) -> Mapping[str, float]:
    """Returns {layer: statistic} of a monitor's last record."""
    own = _of(column, records)
    tables = toys.of_kind(own, "layer_table")
    found = [r for r in toys.of_kind(own, "layer_statistics") if "values" in r.arrays]
    if not tables or not found:
        return {}
    names = [layer["name"] for layer in tables[-1].fields["layers"]]
    place = [one["name"] for one in tables[-1].fields["statistics"]].index(statistic)
    return dict(zip(names, found[-1].arrays["values"][:, place].tolist(), strict=True))


def _furthest(found: Mapping[str, float], wanted: Mapping[str, float]) -> float:
    plain = {name.replace("_orig_mod.", ""): value for name, value in wanted.items()}
    numbers = {name: value for name, value in found.items() if not math.isnan(value)}
    if set(numbers) != set(plain):
        return math.inf
    apart = [abs(numbers[name] - plain[name]) / max(abs(plain[name]), 1e-30) for name in plain]
    worst = max(apart, default=0.0)
    return 0.0 if worst <= ROUNDING else worst
