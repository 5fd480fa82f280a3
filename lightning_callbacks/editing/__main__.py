"""The command line: verify a plan, apply it, or apply it and export the model with a report.

    python -m lightning_callbacks.editing verify plan.json --model my.nets:make --data my.data:val
    python -m lightning_callbacks.editing apply plan.json --model ... --data ... --output small.pt
    python -m lightning_callbacks.editing export plan.json --model ... --data ... --output folder

A model and data are named as "package.module:name"; what is named is called without arguments if
it can be and is no module. Data are a batch, or an iterable of batches.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lightning_callbacks.batches import BatchError
from lightning_callbacks.editing.apply import applied
from lightning_callbacks.editing.export import export
from lightning_callbacks.editing.grouping import GroupingError
from lightning_callbacks.editing.narrow import MANIFEST, ShrinkError
from lightning_callbacks.editing.plans import read_plan
from lightning_callbacks.editing.quantise import QuantiseError
from lightning_callbacks.editing.recalibrate import recalibrate_batchnorm
from lightning_callbacks.editing.shrink import load_shrunk
from lightning_callbacks.editing.verify import verify_plan
from lightning_callbacks.layers import LayerError
from lightning_callbacks.naming import CommandError, from_here, named
from lightning_callbacks.sensitivity.samples import taken
from tb_explain.planning import Plan, PlanError

_MISTAKES = (
    BatchError, CommandError, GroupingError, LayerError, OSError, PlanError, QuantiseError,
    ShrinkError, TypeError,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns 0, or 2 after a message that says what was wrong."""
    asked = _parser().parse_args(arguments)
    try:
        with from_here():
            asked.command(asked)
    except _MISTAKES as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _verify(asked: argparse.Namespace) -> None:
    plan = verify_plan(
        _model(asked), asked.plan, _batches(asked), recalibrate=_recalibration(asked)
    )
    text = plan.to_json()
    print(_table(plan))
    if asked.output:
        Path(asked.output).write_text(text, encoding="utf-8")
        print(f"Wrote {asked.output}.")


def _apply(asked: argparse.Namespace) -> None:
    edited = _edited(asked, _model(asked), _batches(asked))
    with Path(asked.output).open("wb") as file:
        torch.save(edited.state_dict(), file)
    print(f"Wrote {asked.output}." + (_HOW_TO_LOAD if hasattr(edited, MANIFEST) else ""))


def _export(asked: argparse.Namespace) -> None:
    model, batches = _model(asked), _batches(asked)
    edited = _edited(asked, model, batches)
    report = export(edited, asked.output, batches, before=model, plan=read_plan(asked.plan))
    for name, written in report.files.items():
        print(f"{name}: {written}")
    print(f"The report is {Path(asked.output) / 'report.md'}.")


_HOW_TO_LOAD = " Load it with lightning_callbacks.editing.load_shrunk(model, path)."
_COMMANDS = {
    "verify": (_verify, "measure all cuts of a plan together", False),
    "apply": (_apply, "write the state dict of the edited model", True),
    "export": (_export, "write the edited model and a report of what changed", True),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lightning_callbacks.editing", description="Verify, apply, export a plan."
    )
    commands = parser.add_subparsers(required=True)
    for name, (command, words, writes) in _COMMANDS.items():
        one = commands.add_parser(name, help=words, description=words)
        one.add_argument("plan", help="a plan.json, of the panel Sensitivity or of make_plan()")
        one.add_argument("--model", required=True, help="package.module:name, or of what makes it")
        one.add_argument("--checkpoint", help="state dict or Lightning checkpoint to load first")
        one.add_argument("--data", required=True, help="package.module:name of validation batches")
        one.add_argument(
            "--recalibrate", help="package.module:name of training batches, for BatchNorm"
        )
        one.add_argument("--output", required=writes, help="the file or folder to write")
        one.set_defaults(command=command)
    return parser


def _model(asked: argparse.Namespace) -> nn.Module:
    model = named(asked.model)
    if not isinstance(model, nn.Module):
        raise CommandError(f"--model {asked.model} is a {type(model).__name__}, no module.")
    if asked.checkpoint:
        _load(model, asked.checkpoint)
    return model


def _load(model: nn.Module, path: str) -> None:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = state.get("state_dict", state)
        if any(name.endswith(MANIFEST) for name in state):
            load_shrunk(model, state)
        else:
            model.load_state_dict(state)
    except (OSError, RuntimeError, AttributeError, pickle.UnpicklingError) as error:
        raise CommandError(f"--checkpoint {path} can't be loaded: {error}") from error


def _edited(asked: argparse.Namespace, model: nn.Module, batches: Collection[Any]) -> nn.Module:
    if not batches:
        raise CommandError(f"--data {asked.data} has no batches.")
    edited = applied(model, asked.plan, next(iter(batches)))
    if (training := _recalibration(asked)) is not None:
        recalibrate_batchnorm(edited, training)
    return edited


def _recalibration(asked: argparse.Namespace) -> Any:
    return _iterable(asked.recalibrate, "--recalibrate") if asked.recalibrate else None


def _batches(asked: argparse.Namespace) -> Collection[Any]:
    return taken(_iterable(asked.data, "--data"))


def _iterable(name: str, option: str) -> Any:
    found = named(name)
    if not hasattr(found, "__iter__") and not hasattr(found, "__getitem__"):
        raise CommandError(f"{option} {name} is a {type(found).__name__}, no batch or batches.")
    return found


def _table(plan: Plan) -> str:
    """Returns predicted and verified figures side by side."""
    verified = plan.verified or {}
    names = dict.fromkeys([*plan.predicted, *verified])
    rows = [(n, _shown(plan.predicted.get(n)), _shown(verified.get(n))) for n in names]
    rows.insert(0, ("", "predicted", "verified"))
    return "\n".join(f"{name:18}{left:>14}{right:>14}" for name, left, right in rows)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, (bool, int)) else f"{value:.6g}"


if __name__ == "__main__":
    raise SystemExit(main())
