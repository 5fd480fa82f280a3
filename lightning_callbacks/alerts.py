"""Alerts: what a person must know of a layer now, raised and cleared with hysteresis.

A rule compares statistics with a limit; an alert is raised after so many records in a row beyond
it, and cleared after as many back within a milder one. It knows statistics by name; nothing of
models or trainers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lightning_callbacks.records import Part

Rule = Literal["vanishing", "exploding", "non_finite", "dead", "saturated", "constant"]
Columns = Mapping[str, np.ndarray]

# Records of a layer whose median its norm is compared with.
_HISTORY = 20
_SHORTEST_HISTORY = 3
_ALL = ""  # stands for all layers together, which no parameter is called
# An alert is cleared when its value is better than the limit by this factor...
_MILDER = 3.0
# ... or, where the value is a fraction, by this much.
_MILDER_FRACTION = 0.1


@dataclass(frozen=True)
class AlertLimits:
    """From where on something is worth an alert.

    Attributes:
      vanishing: gradient norm of a weight matrix, as a share of the median one's; where that is
        below this share of the largest and so has vanished too, the square of this is the limit,
        as a share of the largest.
      exploding: gradient norm over its own median of the last 20 records, if it is more than
        three times the largest of them too, and both hold for the norm of all layers together: a
        single parameter's may jump in any training.
      update: update over weight norm, of a weight matrix.
      dead: fraction of a layer's units.
      saturated: fraction of a layer's outputs.
      constant: standard deviation between samples, as a share of the root mean square.
      records: how many in a row raise or clear an alert; one raises "exploding", and one raises
        "non_finite" unless a loss scale is being searched for.
    """

    vanishing: float = 1e-3
    exploding: float = 10.0
    update: float = 1.0
    dead: float = 0.5
    saturated: float = 0.95
    constant: float = 1e-6
    records: int = 3


@dataclass(frozen=True)
class Finding:
    """What a rule says of all layers at one record.

    Attributes:
      rule: its name.
      values: float [L], what was compared.
      limit: with what.
      bad: bool [L].
      well: bool [L]; between bad and well an alert stays as it is.
      patience: records in a row that raise it.
      says: what a value means, with a place for it.
    """

    rule: Rule
    values: np.ndarray
    limit: float
    bad: np.ndarray
    well: np.ndarray
    patience: int
    says: str


@dataclass
class _State:
    bad_since: int | None = None
    bad_records: int = 0
    well_records: int = 0
    active: bool = False


class Alerts:
    """The alerts of one monitor.

    Args:
      what: "activations", "gradients" or "weights".
      limits: from where on to alert.
    """

    def __init__(self, what: str, limits: AlertLimits) -> None:
        self._what = what
        self._limits = limits
        self._states: dict[tuple[str, str], _State] = {}
        self._norms: dict[str, deque[float]] = {}

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from."""
        return {
            "states": {key: vars(state).copy() for key, state in self._states.items()},
            "norms": {name: list(norms) for name, norms in self._norms.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues from `state_dict`."""
        self._states = {key: _State(**values) for key, values in state.get("states", {}).items()}
        norms = state.get("norms", {}).items()
        self._norms = {name: deque(values, _HISTORY) for name, values in norms}

    @property
    def active(self) -> dict[str, int]:
        """How many layers each rule has an alert for."""
        counts: dict[str, int] = dict.fromkeys(map(str, RULES[self._what]), 0)
        for (rule, _), state in self._states.items():
            counts[rule] = counts.get(rule, 0) + state.active
        return counts

    def update(
        self, step: int, layers: Sequence[str], columns: Columns, *, may_overflow: bool = False
    ) -> Part | None:
        """Returns an `alerts` record if an alert is raised or cleared, else None.

        Args:
          step: of the record.
          layers: names [L].
          columns: statistics by name, float [L], and `is_matrix`, bool [L], of parameters.
          may_overflow: whether single non-finite values are part of the search for a loss scale.
        """
        raised: list[dict[str, Any]] = []
        cleared: list[dict[str, Any]] = []
        medians = self._medians(layers, columns)
        context = _Context(columns, self._limits, medians, may_overflow)
        for rule, judge in RULES[self._what].items():
            finding = judge(context)
            for row, layer in enumerate(layers):
                change = self._follow(rule, layer, finding, row, step)
                if change is True:
                    raised.append(_described(finding, layer, row))
                elif change is False:
                    cleared.append({"rule": rule, "layer": layer})
        if not raised and not cleared:
            return None
        fields = {"what": self._what, "raised": raised, "cleared": cleared, "active": self._list()}
        return Part("alerts", fields)

    def _follow(self, rule: str, layer: str, finding: Finding, row: int, step: int) -> bool | None:
        """Returns True if the alert is raised now, False if it is cleared."""
        state = self._states.get((rule, layer))
        if finding.bad[row]:
            state = state or self._states.setdefault((rule, layer), _State())
            if not state.bad_records:
                state.bad_since = step
            state.bad_records += 1
            state.well_records = 0
            raised = not state.active and state.bad_records >= finding.patience
            state.active |= raised
            return True if raised else None
        if state is None:
            return None
        if not state.active:
            del self._states[rule, layer]
            return None
        state.well_records = state.well_records + 1 if finding.well[row] else 0
        if state.well_records < self._limits.records:
            return None
        del self._states[rule, layer]
        return False

    def _medians(self, layers: Sequence[str], columns: Columns) -> np.ndarray:
        """Returns float [L + 1, 2]: median and largest norm so far of each layer, and of all.

        Those of `columns` are added to what is known.
        """
        found = np.full((len(layers) + 1, 2), np.nan)
        if "norm" not in columns:
            return found
        norms = [*columns["norm"], _norm_of_all(columns)]
        for row, (layer, norm) in enumerate(zip([*layers, _ALL], norms, strict=True)):
            past = self._norms.setdefault(layer, deque(maxlen=_HISTORY))
            if len(past) >= _SHORTEST_HISTORY:
                found[row] = np.median(past), max(past)
            if np.isfinite(norm):
                past.append(float(norm))
        return found

    def _list(self) -> list[dict[str, Any]]:
        return [
            {"rule": rule, "layer": layer, "since": state.bad_since}
            for (rule, layer), state in self._states.items()
            if state.active
        ]


@dataclass(frozen=True)
class _Context:
    columns: Columns
    limits: AlertLimits
    medians: np.ndarray
    may_overflow: bool


def _vanishing(c: _Context) -> Finding:
    norms = np.where(c.columns["is_matrix"], c.columns["norm"], np.nan)
    known = norms[np.isfinite(norms)]
    reference = np.median(known) if known.size else np.nan
    limit, whose = c.limits.vanishing, "median"
    if known.size and reference < limit * known.max():
        reference, limit, whose = known.max(), limit**2, "largest"
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(norms == 0, 0.0, norms / reference)
    says = f"its gradient norm is {{:.2g}} of the {whose} layer's"
    patience = c.limits.records
    return Finding(
        "vanishing", share, limit, share < limit, share > _MILDER * limit, patience, says
    )


def _exploding_gradient(c: _Context) -> Finding:
    norms = np.append(c.columns["norm"], _norm_of_all(c.columns))
    limit = c.limits.exploding
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = norms / c.medians[:, 0]
        beyond = (ratios > limit) & (norms > _MILDER * c.medians[:, 1])
    says = "its gradient norm is {:.3g} times its running median"
    ratio, bad = ratios[:-1], beyond[:-1] & beyond[-1]
    return Finding("exploding", ratio, limit, bad, ratio < limit / _MILDER, 1, says)


def _norm_of_all(columns: Columns) -> float:
    return float(np.sqrt(np.nansum(columns["norm"] ** 2)))


def _exploding_update(c: _Context) -> Finding:
    ratio = np.where(c.columns["is_matrix"], c.columns["update_to_weight"], np.nan)
    limit = c.limits.update
    says = "one step changed it by {:.3g} times its own norm"
    return Finding("exploding", ratio, limit, ratio > limit, ratio < limit / _MILDER, 1, says)


def _non_finite(c: _Context) -> Finding:
    count = c.columns["nonfinite"]
    patience = c.limits.records if c.may_overflow else 1
    says = "{:.0f} of its values are NaN or infinite"
    return Finding("non_finite", count, 0.0, count > 0, count == 0, patience, says)


def _dead(c: _Context) -> Finding:
    return _fraction(c, "dead", c.columns["dead_fraction"], 1, "{:.0%} of its units are dead")


def _saturated(c: _Context) -> Finding:
    values = c.columns["saturated"]
    return _fraction(c, "saturated", values, c.limits.records, "{:.0%} of its outputs saturate")


def _fraction(c: _Context, rule: Rule, values: np.ndarray, patience: int, says: str) -> Finding:
    limit = float(getattr(c.limits, rule))
    well = values < limit - _MILDER_FRACTION
    return Finding(rule, values, limit, values >= limit, well, patience, says)


def _constant(c: _Context) -> Finding:
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.hypot(c.columns["mean"], c.columns["std"])
        spread = c.columns["sample_std"]
        share = np.where(spread == 0, 0.0, spread / size)
    limit = c.limits.constant
    says = "its output varies by {:.2g} of its size from sample to sample"
    patience = c.limits.records
    return Finding(
        "constant", share, limit, share <= limit, share > _MILDER * limit, patience, says
    )


RULES: Mapping[str, Mapping[Rule, Callable[[_Context], Finding]]] = {
    "gradients": {
        "vanishing": _vanishing,
        "exploding": _exploding_gradient,
        "non_finite": _non_finite,
    },
    "weights": {"exploding": _exploding_update, "non_finite": _non_finite},
    "activations": {
        "dead": _dead,
        "saturated": _saturated,
        "constant": _constant,
        "non_finite": _non_finite,
    },
}


def _described(finding: Finding, layer: str, row: int) -> dict[str, Any]:
    value = float(finding.values[row])
    return {
        "rule": finding.rule,
        "layer": layer,
        "value": value if np.isfinite(value) else str(value).replace("inf", "Infinity"),
        "limit": finding.limit,
        "message": finding.says.format(value),
    }
