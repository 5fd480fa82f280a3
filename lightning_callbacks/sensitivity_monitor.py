"""`SensitivityMonitor`: what it would cost to cut, over a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn
from typing_extensions import Unpack

from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.monitor import MonitorOptions
from lightning_callbacks.probe import DrawnProbe, Probe
from lightning_callbacks.records import Observation, Part
from lightning_callbacks.sensitivity import (
    METHODS,
    estimate_sensitivity,
    scan_sensitivity,
    with_repaired,
)
from lightning_callbacks.sensitivity.edits import EDIT_KINDS
from lightning_callbacks.sensitivity.edits.edited import Layers, Levels
from lightning_callbacks.sensitivity.scores import PerSample
from lightning_callbacks.sensitivity.shares import joined
from lightning_callbacks.shared_monitor import SharedMonitor
from tb_explain.planning import Sensitivity
from tb_explain.planning.sensitivity import to_record

# KL divergence, which ranks layers, needs few; standard errors say when more would help.
DEFAULT_SAMPLES = 32


class SensitivityOptions(MonitorOptions, total=False):
    """Keyword arguments of `SensitivityMonitor` that its docstring explains."""

    loss: PerSample | None
    metric: PerSample | None
    forward: ForwardSpec | None
    mode: str
    chunk: int


class SensitivityMonitor(SharedMonitor):
    """Records how much the model changes, unit by unit and level by level, if it is cut.

    Most records are estimates, of one or a few passes for all units and levels; every
    `exact_every`-th and the last one are measured exactly. Estimates carry their rank correlation
    with the last exact scan. Under several processes the units are shared out.

    Args:
      kind: what is cut: "unstructured", "channel", "heads", "n:m", "bits" or "clusters".
      levels: how deep; None: the kind's own.
      layers: names, globs, classes or modules; None: all.
      estimate: a key of `lightning_callbacks.sensitivity.METHODS`; "auto": in weight space, which
        costs least, but in output space of channels and heads, of which that says more. None: every
        record is exact.
      exact_every: records from one exact scan to the next. The last record of a training is exact
        whatever this says; where it comes sooner than that, none is made before it.
      exact_seconds: an exact scan stops after so many; the units that were left out come first in
        the next one. None: no limit.
      repair: a share of zeros, as 0.8: exact records of "unstructured" and "n:m" say too, at the
        level nearest to it, which share of the damage refitting the layer alone repairs
        (`with_repaired`; it takes longer than the scan). None: they don't.
      samples: of the validation data, if no probe is given; standard errors tell whether they are
        enough. None of them is stored.
      **options: `loss`, `metric`, `forward`, `mode` and `chunk` as for `scan_sensitivity`; the
        others as for every `Monitor`.

    Raises:
      ValueError: unknown kind or estimate, or numbers out of range.
    """

    default_name = "sensitivity"
    status_kind = "sensitivity"
    agreed = ("_since_exact", "_next_unit")

    def __init__(  # noqa: PLR0913  # what there is to say, in one flat list
        self,
        kind: str = "unstructured",
        *,
        levels: Levels = None,
        layers: Layers = None,
        estimate: str | None = "auto",
        exact_every: int = 10,
        exact_seconds: float | None = None,
        repair: float | None = None,
        samples: int = DEFAULT_SAMPLES,
        **options: Unpack[SensitivityOptions],
    ) -> None:
        _check(kind, estimate, exact_every, exact_seconds)
        names = ("loss", "metric", "forward", "mode", "chunk")
        self._scan = {name: options.pop(name) for name in names if name in options}  # type: ignore[misc]  # names of its own
        self._kind = kind
        self._levels = levels
        self._layers = layers
        self._estimate = _best_of(kind) if estimate == "auto" else estimate
        self._exact_every = exact_every
        self._exact_seconds = exact_seconds
        self._repair = repair if kind in ("unstructured", "n:m") else None
        if options.get("probe") is None:
            options["probe"] = Probe(samples=samples, store_inputs="none")
        if options.get("name") is None and kind != "unstructured":
            options["name"] = f"sensitivity_{kind.replace(':', '_')}"
        super().__init__(**options)  # type: ignore[misc]  # what is left is Monitor's

    def _start_over(self) -> None:
        super()._start_over()
        self._since_exact = 0
        self._next_unit = 0
        self._last_exact: Sensitivity | None = None
        self._is_last = False
        self._is_last_near = False

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from."""
        since = {"since_exact": self._since_exact, "next_unit": self._next_unit}
        return {**super().state_dict(), **since}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues the run that is resumed."""
        super().load_state_dict(state_dict)
        self._since_exact = state_dict.get("since_exact", 0)
        self._next_unit = state_dict.get("next_unit", 0)

    def _shown_probe(self) -> DrawnProbe | None:
        return None  # its samples are not shown

    # Lightning's hooks.

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Records if the epoch is due; the last epoch is left to `on_train_end`, and measured."""
        self._is_last_near = 0 < self._records_left(trainer) < self._exact_every
        if not _is_over(trainer):
            super().on_train_epoch_end(trainer, pl_module)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Measures the final model."""
        self._is_last = True
        super().on_train_end(trainer, pl_module)
        self._is_last = False

    def _records_left(self, trainer: Any) -> int:
        """Returns how many epochs are still due; 0 where epochs don't decide, or have no end."""
        epochs = range(trainer.current_epoch + 1, trainer.max_epochs or 0)
        return sum(map(self.schedule.due_after_epoch, epochs))

    # Recording.

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns one record of kind "sensitivity"."""
        return Observation([self._part(self._found(model, probe, None))])

    def _found(
        self, model: nn.Module, probe: DrawnProbe, share: tuple[int, int] | None
    ) -> Sensitivity:
        what: dict[str, Any] = {"kind": self._kind, "levels": self._levels, "layers": self._layers}
        own = {name: self._scan[name] for name in ("forward", "chunk") if name in self._scan}
        if self._is_exact_due():
            found = scan_sensitivity(
                model,
                probe.batch,
                budget_seconds=self._exact_seconds,
                first_unit=self._next_unit,
                share=share,
                **what,
                **self._scan,
            )
            if self._repair is None or (share and share[0]):  # the first process does it for all
                return found
            return with_repaired(
                model, probe.batch, found, level=self._repair, layers=self._layers, **own
            )
        return estimate_sensitivity(
            model,
            probe.batch,
            method=self._estimate or "",
            exact=self._last_exact,
            **what,
            **own,
        )

    def _is_exact_due(self) -> bool:
        is_due = self._since_exact + 1 >= self._exact_every and not self._is_last_near
        return self._estimate is None or self._is_last or is_due

    def _part(self, found: Sensitivity) -> Part:
        if found.estimate is None:
            self._since_exact = 0
            measured = int(np.isfinite(found.values["kl"]).any(axis=1).sum())
            self._next_unit = (self._next_unit + measured) % len(found.units)
            self._last_exact = found
            # Of "n:m", units whose inputs fit no pattern are never measured.
            wanted = len(found.units)
            if found.removed is not None:
                wanted = int((found.removed.max(axis=1) > 0).sum())
            self._note_left_out(wanted - measured, len(found.units))
        else:
            self._since_exact += 1
        fields, arrays = to_record(found)
        return Part("sensitivity", fields, arrays)

    def _note_left_out(self, left_out: int, units: int) -> None:
        if left_out > 0 and self._exact_seconds is not None:
            self._records.notes.append(
                f"{left_out} of {units} units were not measured within {self._exact_seconds:g} s; "
                "the next exact scan begins with them"
            )

    # Several processes share the units out.

    def own_share(self, model: nn.Module, probe: DrawnProbe, share: tuple[int, int]) -> Sensitivity:
        """Returns a scan of this process's units; of an estimate, all of it."""
        return self._found(model, probe, share)

    def joined(self, shares: Sequence[Sensitivity], probe: DrawnProbe) -> Observation:  # noqa: ARG002  # as it is declared
        """Returns the record of all units."""
        return Observation([self._part(joined(shares))])


def _check(kind: str, estimate: str | None, exact_every: int, exact_seconds: float | None) -> None:
    if kind not in EDIT_KINDS:
        raise ValueError(f"Unknown kind {kind!r}. Expect one of {list(EDIT_KINDS)}.")
    if estimate not in (None, "auto", *METHODS):
        choices = ["auto", *METHODS]
        raise ValueError(f"Unknown estimate {estimate!r}. Expect None or one of {choices}.")
    if exact_every < 1:
        raise ValueError(f"exact_every must be 1 or more, not {exact_every}.")
    if exact_seconds is not None and not exact_seconds >= 0:
        raise ValueError(f"exact_seconds must be 0 or more, or None, not {exact_seconds}.")


def _best_of(kind: str) -> str:
    return "output_fisher" if kind in ("channel", "heads") else "weight_fisher"


def _is_over(trainer: Any) -> bool:
    """Whether the epoch that ends is the training's last one, as far as can be known now."""
    epochs, steps = trainer.max_epochs, trainer.max_steps
    is_last_epoch = epochs is not None and 0 <= epochs <= trainer.current_epoch + 1
    return bool(trainer.should_stop or is_last_epoch or 0 <= steps <= trainer.global_step)
