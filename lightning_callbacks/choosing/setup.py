"""What was chosen and what was left out, and why: data only, the same in every process."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.records import Part

Preset = Literal["light", "standard", "full"]
Task = Literal["classification", "regression"]
PRESETS: Sequence[Preset] = get_args(Preset)
# The largest fraction of training time that a preset's monitors may take together; None: any.
OVERHEADS: Mapping[Preset, float | None] = {"light": 0.01, "standard": 0.02, "full": None}


@dataclass(frozen=True)
class Choice:
    """A monitor that records.

    Attributes:
      callback: name of its class.
      reason: what it shows of this model.
      settings: keyword arguments that differ from the class's own.
      samples: of a probe of its own; None: it shares the others'.
    """

    callback: str
    reason: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    samples: int | None = None


@dataclass(frozen=True)
class LeftOut:
    """A monitor that does not record, and why."""

    callback: str
    reason: str


@dataclass(frozen=True)
class Setup:
    """What was chosen.

    Attributes:
      preset: as asked.
      modality: of the inputs, as of a probe; None: there is no probe.
      task: None where the outputs are neither classes nor a number.
      choices: the monitors.
      left_out: the others.
      facts: what was found, and where: (name, value) in words.
      forward: how the model is run, as in `forwarding.run`.
      probe: attributes of the `Probe` that were found.
    """

    preset: Preset
    modality: str | None = None
    task: Task | None = None
    choices: Sequence[Choice] = ()
    left_out: Sequence[LeftOut] = ()
    facts: Sequence[tuple[str, str]] = ()
    forward: ForwardSpec | None = None
    probe: Mapping[str, Any] = field(default_factory=dict)

    def without(self, names: Sequence[str]) -> Setup:
        """Returns the setup without the callbacks called `names`."""
        gone = [choice for choice in self.choices if choice.callback in names]
        return replace(
            self,
            choices=[choice for choice in self.choices if choice not in gone],
            left_out=[*self.left_out, *(LeftOut(c.callback, "not wanted") for c in gone)],
        )

    def part(
        self, schedules: Sequence[tuple[str, str]], limit: float | None, milliseconds: float
    ) -> Part:
        """Returns the `setup` record.

        Args:
          schedules: (name, schedule in words) of the monitor of each choice.
          limit: `max_overhead`.
          milliseconds: what choosing took.
        """
        monitors = [
            {
                "name": name,
                "callback": choice.callback,
                "settings": {key: repr(value) for key, value in choice.settings.items()},
                "every": every,
                "reason": choice.reason,
            }
            for choice, (name, every) in zip(self.choices, schedules, strict=True)
        ]
        fields = {
            "preset": self.preset,
            "max_overhead": limit,
            "modality": self.modality,
            "task": self.task,
            "facts": [{"name": name, "value": value} for name, value in self.facts],
            "monitors": monitors,
            "left_out": [vars(left_out) for left_out in self.left_out],
        }
        text = json.dumps(fields, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return Part("setup", {"digest": digest, "cost_ms": round(milliseconds, 1), **fields})
