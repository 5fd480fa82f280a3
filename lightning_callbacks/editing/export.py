"""`export`: a model in files that others read, with a report of what editing it changed."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn

from lightning_callbacks.attribution import attribute
from lightning_callbacks.batches import find_input, to_model
from lightning_callbacks.editing.measure import Measured, measure
from lightning_callbacks.editing.report import as_markdown
from lightning_callbacks.forwarding import ForwardSpec, keyword_arguments
from lightning_callbacks.guard import untouched
from lightning_callbacks.methods import MethodSpec
from lightning_callbacks.quality.drift import drift
from lightning_callbacks.sensitivity.samples import cut, taken
from tb_explain.planning import Plan

_EXPLAINED = 16
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class Report:
    """What was written, and how the model compares with the one before.

    Attributes:
      after: figures of the exported model.
      before: of the one it was made of; None if it was not given.
      drift: of explanations, before against after: mean Spearman correlation ("drift_spearman"),
        SSIM and overlap of the top tenth of the maps of the classes that the model before
        predicts; empty where it could not be measured.
      method: of these explanations.
      plan: that was applied; None if it was not given.
      files: by format, the file's name; or why there is none.
      notes: what a reader must know.
    """

    after: Measured
    before: Measured | None = None
    drift: Mapping[str, float] = field(default_factory=dict)
    method: str = ""
    plan: Mapping[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """Returns report.json; what is not known is null."""
        return json.dumps(_without_nan(asdict(self)), indent=2, allow_nan=False)


def export(  # noqa: PLR0913  # what there is to say, in one flat list
    model: nn.Module,
    directory: str | Path,
    batches: Any,
    *,
    before: nn.Module | None = None,
    plan: Plan | None = None,
    method: MethodSpec = "integrated_gradients",
    forward: ForwardSpec | None = None,
) -> Report:
    """Writes `model` and a report into `directory`; the model stays as it is.

    Files: `model.pt` (state dict), `model.pt2` (torch.export, for one shape but any batch where the
    model allows it), `model.onnx` (where onnx and onnxscript are installed), `plan.json`,
    `report.json` and `report.md`. A format that the model can't be written in is named in the
    report with the reason.

    Args:
      model: as it is to be used.
      directory: made if it is not there.
      batches: a batch or an iterable of batches, with truths: what figures are measured on; the
        first 16 samples are explained.
      before: the model that it was made of.
      plan: that was applied.
      method: of the explanations that are compared.
      forward: how to call the models, as for every monitor.

    Raises:
      BatchError: there are no samples.
      OSError: the directory can't be written to.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    listed = taken(batches)
    notes: list[str] = []
    moved: dict[str, float] = {}
    name = ""
    if before is not None:
        moved, name = _drift(before, model, listed, method, notes)
    report = Report(
        after=measure(model, listed, forward=forward),
        before=None if before is None else measure(before, listed, forward=forward),
        drift=moved,
        method=name,
        plan=None if plan is None else plan.as_object(),
        files=_write(model, folder, listed),
        notes=notes,
    )
    if plan is not None:
        (folder / "plan.json").write_text(plan.to_json(), encoding="utf-8")
    (folder / "report.json").write_text(report.to_json(), encoding="utf-8")
    (folder / "report.md").write_text(as_markdown(report), encoding="utf-8")
    return report


def _write(model: nn.Module, folder: Path, batches: Any) -> dict[str, str]:
    with untouched(model) as module:
        torch.save(module.state_dict(), folder / "model.pt")
        chunk = cut(batches, module, 2)[0]
        # A copy: torch.export would store all that the example is a view of.
        batch = apply_to_collection(chunk.batch, Tensor, Tensor.clone)
        keywords = keyword_arguments(module, batch)
        arguments = () if keywords else (find_input(batch),)
        call = (module, arguments, keywords or {})
        return {
            "state_dict": "model.pt",
            "torch.export": _tried(lambda: _export(call, chunk.samples, folder / "model.pt2")),
            "onnx": _tried(lambda: _onnx(call, folder / "model.onnx")),
        }


Call = tuple[nn.Module, tuple[Tensor, ...], dict[str, Tensor]]


def _tried(write: Callable[[], Path]) -> str:
    try:
        return write().name
    except ImportError as error:
        return f"not written: {error.name} is not installed"
    except Exception as error:  # noqa: BLE001  # exporters raise all kinds
        return f"not written: {_reason(error)}"


def _reason(error: BaseException) -> str:
    """Returns the type and first line of what caused an error first, in plain characters."""
    seen = {id(error)}
    while error.__cause__ is not None and id(error.__cause__) not in seen:
        error = error.__cause__
        seen.add(id(error))
    lines = _ANSI.sub("", str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _export(call: Call, samples: int, path: Path) -> Path:
    module, arguments, keywords = call
    if samples > 1:  # of one sample, torch.export would take one for all
        any_number = {0: torch.export.Dim.AUTO}
        shapes = (
            tuple(any_number for _ in arguments)
            if arguments
            else dict.fromkeys(keywords, any_number)
        )
        program = torch.export.export(module, arguments, keywords, dynamic_shapes=shapes)
    else:
        program = torch.export.export(module, arguments, keywords)
    torch.export.save(program, path)
    return path


def _onnx(call: Call, path: Path) -> Path:
    import onnx  # noqa: F401  # says by name what is missing
    import onnxscript  # noqa: F401

    module, arguments, keywords = call
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)  # it warns of what torchvision would add
    try:
        torch.onnx.export(
            module, arguments, path, kwargs=keywords, dynamo=True, verbose=False,
            external_data=False,
        )  # fmt: skip
    finally:
        log.setLevel(level)
    return path


def _drift(
    before: nn.Module, after: nn.Module, batches: Any, method: MethodSpec, notes: list[str]
) -> tuple[dict[str, float], str]:
    """Returns the means of drift's measures, and the method's name."""
    try:
        with untouched(before) as module:
            batch = cut(batches, module, _EXPLAINED)[0].batch
        batch = batch if isinstance(batch, Mapping) else find_input(batch)
        first = attribute(before, batch, method=method)
        moved = to_model(batch, after)
        second = attribute(after, moved, method=method, target=first.target)
        measures = drift(first.values.numpy(), second.values.numpy())
    except Exception as error:  # noqa: BLE001  # as of quantised models, which have no gradients
        notes.append(f"Explanations could not be compared: {_reason(error)}")
        return {}, ""
    means = {name: float(np.nanmean(v)) for name, v in measures.items() if np.isfinite(v).any()}
    return means, first.method


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
