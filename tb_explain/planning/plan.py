"""A plan: how much of each unit is cut, by which allocator, for which budget; and its JSON.

The same text is read and written by the page, the command line and the callbacks:

    {"format": "tb-explain plan", "version": 1, "edit": "unstructured", "allocator": "sensitivity",
     "budget": {"of": "parameters", "keep": 0.1}, "constraints": {...},
     "units": [{"name": "conv1.weight", "size": 432, "cut": 401, "level": 0.928}],
     "predicted": {"kl": 0.41, "parameters": 27190, ...}, "verified": null, "source": {...}}

`cut` is an integer count of what the unit's `size` counts, so that a budget is met exactly. For
"bits" and "clusters" `cut` is 0 and `level` is the number of bits or clusters; a unit that is left
alone has 32 bits, or 0 clusters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from numbers import Integral, Real
from typing import Any

FORMAT = "tb-explain plan"
VERSION = 1
BUDGETS: Mapping[str, str] = {
    "parameters": "weights kept, of the units (channels and heads: of the whole model)",
    "macs": "multiply-adds kept, of the whole model",
    "latency": "measured time kept, of the whole model",
    "bytes": "bytes kept, of the units (channels and heads: of the whole model)",
    "kl": "predicted sum of KL divergences, in nats",
}


class PlanError(ValueError):
    """A plan that can't be made, read or applied; the message says why and what to do."""


@dataclass(frozen=True)
class Budget:
    """What a plan may keep.

    Attributes:
      of: a key of `BUDGETS`.
      keep: the share kept, above 0 and at most 1; of "kl" the largest predicted sum, in nats.
    """

    of: str
    keep: float

    def __post_init__(self) -> None:
        if self.of not in BUDGETS:
            raise PlanError(f"Unknown budget {self.of!r}. Expect one of {list(BUDGETS)}.")
        if not _is(Real, self.keep):
            raise PlanError(f"A budget keeps a number, such as 0.5, not {self.keep!r}.")
        if not self.keep > 0 or (self.of != "kl" and self.keep > 1):
            raise PlanError(f"A budget keeps a share above 0 and at most 1, not {self.keep!r}.")


@dataclass(frozen=True)
class Constraints:
    """What a plan must leave alone.

    Attributes:
      keep_first: leave the first unit whole.
      keep_last: leave the last unit whole.
      multiple_of: widths of channel groups stay multiples of it.
      minimum: at least so many of each unit are kept.
      frozen: names of units that stay whole; a text is one name.
    """

    keep_first: bool = False
    keep_last: bool = False
    multiple_of: int = 1
    minimum: int = 1
    frozen: Sequence[str] = ()

    def __post_init__(self) -> None:
        if isinstance(self.frozen, str):
            object.__setattr__(self, "frozen", (self.frozen,))
        for name in ("multiple_of", "minimum"):
            value = getattr(self, name)
            if not _is(Integral, value) or value < 1:
                raise PlanError(f"{name} must be a whole number of at least 1, not {value!r}.")


@dataclass(frozen=True)
class Cut:
    """What happens to one unit: `cut` of `size` are removed, which is `level` (see `EDITS`).

    Where levels are taken whole (all but "unstructured" and "channel"), `level_name` is the
    level's, as "2:4".
    """

    name: str
    size: int
    cut: int
    level: float
    level_name: str = ""


@dataclass(frozen=True)
class Plan:
    """See the module docstring.

    Attributes:
      predicted: "kl" (the sum over units: an approximation, since effects don't add up),
        "parameters", and where known "macs", "seconds", "bytes"; shares kept of each are under
        "<name>_kept".
      verified: one joint measurement of all cuts together: "kl", "loss", "metric", "samples",
        "recalibrated" (whether BatchNorm's statistics were estimated anew), and costs as in
        `predicted`; None: not measured yet.
      source: what the plan was made from: "monitor", "step", "epoch", "samples", "estimate".
    """

    edit: str
    allocator: str
    budget: Budget
    units: Sequence[Cut]
    constraints: Constraints = field(default_factory=Constraints)
    predicted: Mapping[str, float] = field(default_factory=dict)
    verified: Mapping[str, Any] | None = None
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cuts(self) -> dict[str, Cut]:
        """By name of the unit."""
        return {unit.name: unit for unit in self.units}

    def as_object(self) -> dict[str, Any]:
        """Returns what `to_json` makes text of, as records hold it."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    def to_json(self) -> str:
        """Returns the plan's text, for a file."""
        return json.dumps(self.as_object(), indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Returns the plan that `to_json` wrote.

        Raises:
          PlanError: the text is not a plan, or of a newer version than this package reads.
        """
        try:
            found = json.loads(text)
            if found.pop("format") != FORMAT:
                raise PlanError(f'The file is no plan: its "format" is not {FORMAT!r}.')
            version = found.pop("version")
            if not isinstance(version, int) or not 1 <= version <= VERSION:
                raise PlanError(
                    f"The plan has version {version!r}; this tb-explain reads {VERSION}."
                )
            found["budget"] = Budget(**found["budget"])
            found["constraints"] = _constraints(**found["constraints"])
            found["units"] = [Cut(**unit) for unit in found["units"]]
            return cls(**found)
        except PlanError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PlanError(f"The file is no plan of tb-explain: {error!r}") from error


def _constraints(*, frozen: Sequence[str] = (), **others: Any) -> Constraints:
    names = frozen if isinstance(frozen, str) else tuple(frozen)
    return Constraints(frozen=names, **others)


def _is(kind: type, value: object) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
