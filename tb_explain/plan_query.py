"""What a plan is asked for, as a request's arguments say it.

`plan?run=...&monitor=...&step=...&of=macs&keep=0.5`, and where wanted `allocator`, `keep_first`,
`keep_last` (0 or 1), `multiple_of`, `minimum`, and `frozen`, once per unit. Nothing else is taken,
and nothing but `frozen` twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tensorboard import errors
from werkzeug.datastructures import MultiDict

from tb_explain import planning
from tb_explain.responses import shown

_NEEDED = ("run", "monitor", "step", "of", "keep")
_MORE = ("allocator", "keep_first", "keep_last", "multiple_of", "minimum", "frozen")
_WHOLE = re.compile(r"[0-9]{1,15}")
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?")
_FLAGS: Mapping[str, bool] = {"0": False, "1": True}


@dataclass(frozen=True)
class PlanQuery:
    """What a plan is asked for.

    Attributes:
      run: whose record it is made from.
      monitor: that wrote it.
      step: at which it was written.
      budget: see `planning.Budget`.
      allocator: a key of `planning.ALLOCATORS`.
      constraints: see `planning.Constraints`.
    """

    run: str
    monitor: str
    step: int
    budget: planning.Budget
    allocator: str
    constraints: planning.Constraints

    @classmethod
    def parse(cls, args: MultiDict[str, str]) -> PlanQuery:
        """Returns what a request's arguments ask for.

        Raises:
          InvalidArgumentError: one is missing, unknown, there twice, or not what it must be.
        """
        _check_names(args)
        keep = _matching(args, "keep", _DECIMAL, "a number such as 0.5")
        try:
            budget = planning.Budget(args["of"], float(keep))
            constraints = planning.Constraints(
                keep_first=_flag(args, "keep_first"),
                keep_last=_flag(args, "keep_last"),
                multiple_of=_whole(args, "multiple_of", "1"),
                minimum=_whole(args, "minimum", "1"),
                frozen=tuple(args.getlist("frozen")),
            )
        except planning.PlanError as error:
            raise errors.InvalidArgumentError(str(error)) from error
        allocator = args.get("allocator", "sensitivity")
        step = _whole(args, "step", "")
        return cls(args["run"], args["monitor"], step, budget, allocator, constraints)


def _check_names(args: MultiDict[str, str]) -> None:
    if unknown := set(args) - {*_NEEDED, *_MORE}:
        raise errors.InvalidArgumentError(
            f"{shown(sorted(unknown)[0])} is not asked of a plan. Expect {[*_NEEDED, *_MORE]}."
        )
    for name in _NEEDED:
        if not args.get(name):
            raise errors.InvalidArgumentError(f"a plan needs {name}=<...>.")
    for name, values in args.lists():
        if len(values) > 1 and name != "frozen":
            raise errors.InvalidArgumentError(f"{name} is there {len(values)} times; give one.")


def _matching(args: MultiDict[str, str], name: str, form: re.Pattern[str], words: str) -> str:
    text = args[name]
    if not form.fullmatch(text):
        raise errors.InvalidArgumentError(f"{name} is {shown(text)}, not {words}.")
    return text


def _whole(args: MultiDict[str, str], name: str, default: str) -> int:
    if name not in args:
        return int(default)
    return int(_matching(args, name, _WHOLE, "a whole number"))


def _flag(args: MultiDict[str, str], name: str) -> bool:
    text = args.get(name, "0")
    if text not in _FLAGS:
        raise errors.InvalidArgumentError(f"{name} is {shown(text)}, not 0 or 1.")
    return _FLAGS[text]
