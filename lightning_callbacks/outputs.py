"""`OutputMonitor`: what the model says on the validation set, as that is run anyway."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.jit import ScriptModule
from typing_extensions import Unpack

from lightning_callbacks.batches import BatchKey
from lightning_callbacks.capture import describe
from lightning_callbacks.causes import cause_of
from lightning_callbacks.compiled import inside_compiled
from lightning_callbacks.guard import unwrap
from lightning_callbacks.in_step import InStep
from lightning_callbacks.output_totals import ClassificationTotals, Totals
from lightning_callbacks.recorder import RecorderOptions
from lightning_callbacks.records import Moment, Observation
from lightning_callbacks.regression_totals import RegressionTotals
from lightning_callbacks.samples import text_list
from lightning_callbacks.targets import TargetError, logits_of
from lightning_callbacks.together import OtherProcessError
from lightning_callbacks.trainers import (
    first_loader,
    gathered,
    in_validate,
    unrepeated_samples,
    weights_in_validation,
)
from lightning_callbacks.truths import are_classes, find_truths, outputs_in, samples_of, sum_to_one

OutputSpec = str | Callable[[Any, Any], Tensor]
Activation = Literal["auto", "softmax", "sigmoid", "none"]


class OutputMonitor(InStep):
    """Records how outputs are distributed over the validation set, at the end of every validation.

    Of a classifier the confusion matrix, confidences and calibration; of a regression the
    residuals, and predictions against truths. There is no second pass: outputs are taken from what
    `validation_step` returns, or else from the model's own calls within it. Of several validation
    loaders the first is recorded. With several processes their outputs are added up, each
    sample once.

    Args:
      output: None looks for a dict with "logits" returned by `validation_step`, then for the
        output of the last call of the LightningModule or of one of its parts; a name is a key of
        that dict or a sub-module; a callable is given (what validation_step returned, batch) and
        returns outputs [N, C] or [N].
      label_key: key or index of the truths in a batch, if they aren't found.
      activation: what makes probabilities of the outputs; "auto": softmax of several, sigmoid of
        one, nothing where rows are probabilities already; "none": they are probabilities.
      class_names: by default those of the data module or the LightningModule.
      **options: as for every `Recorder`; of the schedules, every_n_epochs.

    Raises:
      ValueError: another schedule than epochs.
    """

    default_name = "outputs"
    needs = frozenset({"validation"})
    remembers = False
    whole_model = False
    status_kind = "outputs"

    def __init__(
        self,
        *,
        output: OutputSpec | None = None,
        label_key: BatchKey | None = None,
        activation: Activation = "auto",
        class_names: Sequence[str] | None = None,
        **options: Unpack[RecorderOptions],
    ) -> None:
        if options.get("every_n_train_steps") or options.get("steps_per_decade"):
            raise ValueError("OutputMonitor records whenever validation runs; use every_n_epochs.")
        super().__init__(**options)
        self._output = output
        self._label_key = label_key
        self._activation = activation
        self._class_names = class_names

    def _start_over(self) -> None:
        super()._start_over()
        self._hooks = ExitStack()
        self._calls: dict[str, Any] = {}
        self._totals: Totals | None = None
        self._error: Exception | None = None
        self._seconds = 0.0
        # Samples that are still to come before those that another process has, too.
        self._left: int | None = None

    # Lightning's hooks.

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Begins to add up."""
        self._totals, self._error, self._seconds = None, None, 0.0
        self._hooks.close()
        if self._is_wanted(trainer):
            try:
                self._begin(trainer, pl_module)
            except Exception as error:  # noqa: BLE001  # told at the end, when all ranks meet
                self._error = error

    def on_validation_batch_end(
        self,
        trainer: Any,
        pl_module: Any,  # noqa: ARG002  # Lightning's signature
        outputs: Any,
        batch: Any,
        batch_idx: int,  # noqa: ARG002
        dataloader_idx: int = 0,
    ) -> None:
        """Adds a batch."""
        start = time.perf_counter()
        if self._is_wanted(trainer) and dataloader_idx == 0 and self._error is None:
            try:
                self._add(outputs, batch)
            except Exception as error:  # noqa: BLE001  # told at the end, when all ranks meet
                self._error = error
        self._calls.clear()
        self._seconds += time.perf_counter() - start
        self._stopwatch.add(time.perf_counter() - start)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Writes what was added up, of all processes."""
        self._hooks.close()
        if not self._is_wanted(trainer):
            return
        meets = self._meets(trainer, trainer.global_step, "validation")
        # Every rank must be here, whatever went wrong on it.
        own = self._own(trainer)
        outcomes = gathered(trainer, own) if meets else [own]
        weights = weights_in_validation(trainer)
        moment = Moment(trainer.global_step, trainer.current_epoch, weights)
        if in_validate(trainer):
            moment = self._validated_moment(trainer)
        if moment.step != self._last_step:
            self._attempt(
                trainer, moment, lambda: self._write_totals(trainer, pl_module, moment, outcomes)
            )
        # An error holds on to its batch; and which epochs are wanted must be the same everywhere.
        self._totals, self._error = None, None
        if meets:
            self.schedule.widening = gathered(trainer, self.schedule.widening)[0]

    def on_exception(self, *_what: Any) -> None:
        """Takes the hooks off a run that fails."""
        self._hooks.close()

    # Recording.

    def _begin(self, trainer: Any, pl_module: nn.Module) -> None:
        self._left = unrepeated_samples(first_loader(trainer.val_dataloaders))
        for name, part in self._candidates(pl_module).items():
            handle = part.register_forward_hook(self._keep(name))
            self._hooks.callback(handle.remove)

    def _own(self, trainer: Any) -> Totals | str | None:
        """Returns this process's totals, None if it had no data, or why there are none."""
        try:
            if self._error is not None:
                raise self._error
            return self._totals.merged(()) if self._totals else None
        except Exception as error:  # noqa: BLE001  # the others are waiting to be told
            self._error = error
            return f"process {trainer.global_rank}: {cause_of(error)}"

    def _is_wanted(self, trainer: Any) -> bool:
        if trainer.sanity_checking or trainer.fast_dev_run:
            return False
        return in_validate(trainer) or self._is_epoch_due(trainer)

    def _candidates(self, pl_module: nn.Module) -> dict[str, nn.Module]:
        """Returns the modules whose outputs may be the model's, by name; the whole one is ""."""
        model = unwrap(pl_module)
        if isinstance(self._output, str):
            parts = dict(model.named_modules())
            wanted = {self._output: parts[self._output]} if self._output in parts else {}
        else:
            wanted = {} if self._output else {"": model, **dict(model.named_children())}
        compiled = inside_compiled(model)
        return {
            name: part
            for name, part in wanted.items()
            if id(part) not in compiled and not isinstance(part, ScriptModule)
        }

    def _keep(self, name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _args: Any, result: Any) -> None:
            self._calls.pop(name, None)
            # What a backbone returns is no candidate, and as large as memory may be short.
            if outputs_in(result) is not None:
                self._calls[name] = result

        return hook

    @torch.no_grad()
    def _add(self, returned: Any, batch: Any) -> None:
        outputs, truths = self._unrepeated(*self._pair(returned, batch))
        if not len(truths):
            return
        if truths.is_floating_point() and not are_classes(outputs, truths):
            self._totals = self._totals or RegressionTotals()
            self._totals.add(outputs.reshape(-1), truths.reshape(-1))
            return
        probabilities = self._probabilities(outputs)
        classes = probabilities.shape[1]
        self._totals = self._totals or ClassificationTotals(classes, probabilities.device)
        self._totals.add(probabilities, truths.reshape(-1).long().to(probabilities.device))

    def _unrepeated(self, outputs: Tensor, truths: Tensor) -> tuple[Tensor, Tensor]:
        """Returns both without samples that another process has, too."""
        if self._left is None or callable(self._output):
            return outputs, truths
        kept = min(self._left, len(truths))
        self._left -= kept
        return outputs[:kept], truths[:kept]

    def _pair(self, returned: Any, batch: Any) -> tuple[Tensor, Tensor]:
        """Returns outputs [N, C] and truths [N]."""
        if callable(self._output):
            found = self._output(returned, batch)
            return logits_of(found, len(found)), find_truths(batch, len(found), self._label_key)
        sources = [
            self._calls[name] for name in ("", *reversed(self._calls)) if name in self._calls
        ]
        if isinstance(returned, Mapping):
            key = self._output or "logits"
            sources = [returned[key], *sources] if key in returned else sources
        for source in sources:
            try:
                samples = samples_of(source)
                return logits_of(source, samples), find_truths(batch, samples, self._label_key)
            except TargetError:
                continue
        raise TargetError(
            "No outputs [N, C] were found: validation_step returned "
            f"{describe(returned)}, and called {list(self._calls) or 'no part of the model'} "
            "(calls of compiled modules, and of scripted ones, can't be seen). Let it return "
            "{'logits': ...}, or give OutputMonitor(output=...)."
        )

    def _probabilities(self, outputs: Tensor) -> Tensor:
        outputs = outputs.float()
        if outputs.shape[1] == 1:
            one = outputs if self._activation == "none" else outputs.sigmoid()
            return torch.cat([1 - one, one], dim=1)
        if self._activation == "none" or (self._activation == "auto" and sum_to_one(outputs)):
            return outputs
        return outputs.softmax(dim=1)

    def _write_totals(
        self, trainer: Any, pl_module: Any, moment: Moment, outcomes: Sequence[Any]
    ) -> None:
        if self._error is not None:
            raise self._error
        failures = [one for one in outcomes if isinstance(one, str)]
        if failures:
            raise OtherProcessError("; ".join(failures))
        known = [one for one in outcomes if one is not None]
        if not known:
            raise RuntimeError("Validation gave no outputs.")
        owners = [self._class_names]
        owners += [getattr(one, "class_names", None) for one in (trainer.datamodule, pl_module)]
        names = next(filter(None, map(text_list, owners)), None)
        totals = known[0].merged(known[1:])
        if (note := totals.note()) is not None:
            self.note(note)
        self._write(trainer, moment, Observation([totals.part(names)]), self._seconds)
