"""`choose`: draws a probe, looks at the model on it, and says what to record."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from torch import nn

from lightning_callbacks.batches import BatchError
from lightning_callbacks.choosing.look import Look, short
from lightning_callbacks.choosing.mixed import Mixed, mixed_table
from lightning_callbacks.choosing.monitors import Occasion, decisions
from lightning_callbacks.choosing.owners import (
    Found,
    find_class_names,
    find_feature_names,
    find_normalisation,
    find_tokenizer,
    owners_of,
)
from lightning_callbacks.choosing.setup import Choice, LeftOut, Preset, Setup
from lightning_callbacks.forwarding import ForwardSpec, parameter_names
from lightning_callbacks.guard import untouched, unwrap
from lightning_callbacks.probe import DrawnProbe, Probe, redescribed
from lightning_callbacks.spaces import Feature
from lightning_callbacks.trainers import cannot_observe, draw_for, in_validate, unlogged

# Epochs of more steps than this are too long to wait for: steps decide then.
_LONGEST_EPOCH = 2000
_EVERY_STEPS = 1000
# Records of a run whose length is known in steps only; of one of unknown length, those from s to
# 10 s steps.
_RECORDS = 20
_PER_DECADE = 8
# What processes that don't look must know of the probe: where its inputs are.
_SENT = ("input_key", "features")


@dataclass(frozen=True)
class Wanted:
    """What the user says.

    Attributes:
      preset: how much.
      probe: the samples.
      forward: how to get logits; None: it is found.
      feature_names: of a table's columns; None: they are looked for.
    """

    preset: Preset
    probe: Probe
    forward: ForwardSpec | None = None
    feature_names: Sequence[str] | None = None


@dataclass(frozen=True)
class Chosen:
    """What was chosen, and what of it stays in this process.

    Attributes:
      setup: the same in every process.
      probe: the user's, completed by what was found.
      drawn: its samples, where there are any.
    """

    setup: Setup
    probe: Probe
    drawn: DrawnProbe | None = None


def choose(trainer: Any, pl_module: nn.Module, wanted: Wanted) -> Chosen:
    """Returns the monitors that fit the model and its data; the model is left as it was.

    Args:
      trainer: Lightning's, or a `host.Host`.
      pl_module: the model.
      wanted: what the user says.
    """
    refusal = cannot_observe(trainer)
    if refusal:
        return Chosen(
            Setup(wanted.preset, left_out=[LeftOut("all monitors", refusal)]), wanted.probe
        )
    probe, drawn, notes = _drawn(trainer, pl_module, wanted.probe)
    if drawn is None:
        return of_any_model(trainer, pl_module, wanted, notes[0])
    with unlogged(pl_module):
        mixed = mixed_table(pl_module, drawn, probe, wanted.forward)
    if mixed is not None:
        probe = replace(probe, input_key=mixed.numbers)
        drawn, _ = draw_for(trainer, pl_module, probe)
    if notes and not isinstance(trainer.train_dataloader, (list, tuple, dict)):
        # Said once: monitors with a larger probe of their own don't have to find out.
        probe = replace(probe, data=trainer.train_dataloader)
    with unlogged(pl_module), untouched(pl_module) as model:
        owners = owners_of(trainer, pl_module, probe.data)
        found = _described(owners, drawn, wanted, mixed)
        probe = replace(probe, **{name: one.value for name, one in found.items()})
        drawn = redescribed(drawn, probe)
        look = Look(model, drawn, probe, wanted.forward)
        names = _class_names(owners, look, probe)
        found.update({} if names is None else {"class_names": names})
        decided = decisions(_occasion(trainer, pl_module, wanted.preset, look, None))
    probe = replace(probe, **{name: one.value for name, one in found.items()})
    facts = _facts(drawn, look, found, notes)
    facts += [("kinds", mixed.note)] if mixed is not None and mixed.note else []
    setup = _setup(wanted, look, decided, facts, {"input_key", *found})
    return Chosen(setup, probe, redescribed(drawn, probe))


def _setup(
    wanted: Wanted,
    look: Look,
    decided: Sequence[Choice | LeftOut],
    facts: Sequence[tuple[str, str]],
    found: Collection[str],
) -> Setup:
    """Returns what all processes have to know, which can be sent to them."""
    return Setup(
        wanted.preset,
        look.drawn.modality,
        look.task,
        [each for each in decided if isinstance(each, Choice)],
        [each for each in decided if isinstance(each, LeftOut)],
        facts,
        # The user's own each process has, and it may be a lambda.
        look.forward if wanted.forward is None else None,
        {name: getattr(look.probe, name) for name in found if name in _SENT},
    )


def of_any_model(trainer: Any, pl_module: nn.Module, wanted: Wanted, problem: str) -> Chosen:
    """Returns what works for any model."""
    decided = decisions(_occasion(trainer, pl_module, wanted.preset, None, problem))
    setup = Setup(
        wanted.preset,
        choices=[each for each in decided if isinstance(each, Choice)],
        left_out=[each for each in decided if isinstance(each, LeftOut)],
        facts=[("probe", f"none: {problem}")],
    )
    return Chosen(setup, wanted.probe)


def _drawn(
    trainer: Any, pl_module: nn.Module, probe: Probe
) -> tuple[Probe, DrawnProbe | None, list[str]]:
    """Returns (probe, its samples, notes); without samples the note says why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it comes from the training data is noted
        try:
            return probe, *draw_for(trainer, pl_module, probe)
        except BatchError as error:
            failure = error
        except Exception as error:  # noqa: BLE001  # a data set may fail in any way
            return probe, None, [short(error)]
        # The model may name its input as the batch does.
        for name in parameter_names(unwrap(pl_module)) if probe.input_key is None else ():
            named = replace(probe, input_key=name)
            with suppress(BatchError):
                return named, *draw_for(trainer, pl_module, named)
    return probe, None, [short(failure)]


def _described(
    owners: Any, drawn: DrawnProbe, wanted: Wanted, mixed: Mixed | None
) -> dict[str, Found]:
    """Returns attributes of the probe that the user did not give, and that were found."""
    probe, found = wanted.probe, {}
    if drawn.modality == "text" and probe.tokenizer is None:
        found["tokenizer"] = find_tokenizer(owners, drawn.inputs)
    if drawn.modality == "tabular" and probe.features is None:
        if mixed is not None and mixed.kinds:
            found["features"] = _mixed_features(owners, drawn, wanted.feature_names, mixed)
        else:
            found["features"] = _features(owners, drawn.inputs.shape[1], wanted.feature_names)
    if drawn.modality == "image" and probe.mean is None and probe.std is None:
        normalisation = find_normalisation(owners, drawn.inputs.shape[1])
        if normalisation:
            (mean, std), where = normalisation.value, normalisation.where
            found.update(mean=Found(mean, where), std=Found(std, where))
    return {name: one for name, one in found.items() if one is not None}


def _features(owners: Any, count: int, names: Sequence[str] | None) -> Found | None:
    if names is not None and len(names) != count:
        raise ValueError(
            f"feature_names has {len(names)} names; the inputs have {count} columns. Give one name "
            "for each, or Probe(features=[...])."
        )
    found = find_feature_names(owners, count) if names is None else Found(list(names), "you")
    if found is None:
        return None
    features = [Feature(name, column) for column, name in enumerate(found.value)]
    return Found(features, found.where)


def _mixed_features(
    owners: Any, drawn: DrawnProbe, names: Sequence[str] | None, mixed: Mixed
) -> Found:
    # Names of all columns found somewhere may be in any order; those of numbers alone are theirs.
    found = find_feature_names(owners, drawn.inputs.shape[1]) if names is None else None
    where = "you" if names is not None else found.where if found else "the batch"
    return Found(mixed.features(drawn, found.value if found else names), where)


def _class_names(owners: Any, look: Look, probe: Probe) -> Found | None:
    if look.task != "classification" or probe.class_names is not None:
        return None
    return find_class_names(owners, max(2, look.outputs))


def _occasion(
    trainer: Any, pl_module: nn.Module, preset: Preset, look: Look | None, problem: str | None
) -> Occasion:
    steps = trainer.num_training_batches / (trainer.accumulate_grad_batches or 1)
    is_short = 0 < steps <= _LONGEST_EPOCH
    return Occasion(
        preset,
        look,
        problem,
        bool(trainer.optimizers),
        # Lightning's trainers validate where there are data; others say whether they do.
        trainer.val_dataloaders is not None and getattr(trainer, "validates", True),
        max(1, int(steps)) if is_short else None,
        {} if is_short or not steps or in_validate(trainer) else _rhythm(trainer, steps),
        _compiled(pl_module),
    )


def _rhythm(trainer: Any, steps: float) -> dict[str, int]:
    """Returns the schedule of a training whose epochs are long, or of unknown length."""
    known = trainer.max_steps if trainer.max_steps and trainer.max_steps > 0 else None
    if known is not None:
        return {"every_n_train_steps": min(max(1, known // _RECORDS), _EVERY_STEPS)}
    if steps == float("inf"):
        return {"steps_per_decade": _PER_DECADE}
    return {"every_n_train_steps": _EVERY_STEPS}


def _compiled(pl_module: nn.Module) -> Literal["whole", "part"] | None:
    """Returns what of the model is compiled."""
    if getattr(pl_module, "_compiler_ctx", None) is not None:
        return "whole"
    are_compiled = (
        type(part).__name__ == "OptimizedModule"
        or getattr(part, "_compiled_call_impl", None) is not None
        for part in pl_module.modules()
    )
    return "part" if any(are_compiled) else None


def _facts(
    drawn: DrawnProbe, look: Look, found: Mapping[str, Found], notes: Sequence[str]
) -> list[tuple[str, str]]:
    """Returns what was found, and where, in words."""
    shape = " × ".join(str(size) for size in drawn.inputs.shape[1:])
    kinds = sum(feature.input is not None for feature in drawn.features or ())
    shape += f" numbers and {kinds} kinds" if kinds else ""
    facts = [
        ("inputs", f"{drawn.modality}, {shape}; {len(drawn.inputs)} samples are explained"),
        ("called as", look.called),
        ("outputs", _outputs(look)),
    ]
    for name, one in found.items():
        if name != "std":
            label = {"mean": "normalisation"}.get(name, name.replace("_", " "))
            facts.append((label, f"{_few(one.value)} (from {one.where})"))
    return [*facts, *(("note", note) for note in notes)]


def _outputs(look: Look) -> str:
    if look.task is None:
        return look.problem or "not known"
    kinds = {"classification": "classes", "regression": "numbers"}
    count = max(2, look.outputs) if look.task == "classification" else look.outputs
    return f"{look.task}, {count} {kinds[look.task] if count > 1 else 'number'}"


def _few(value: Any) -> str:
    """Returns the first of several names, or what there is."""
    if not isinstance(value, (list, tuple)):
        return type(value).__name__
    names = [str(getattr(one, "name", one)) for one in value[:3]]
    return ", ".join(names) + (f", … ({len(value)})" if len(value) > len(names) else "")
