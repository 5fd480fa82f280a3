"""The registry: operator name -> rule."""

from __future__ import annotations

from collections.abc import Mapping

from lightning_callbacks.methods.deeplift import (
    elementwise,
    extremes,
    norms,
    products,
    reductions,
    softmax,
)
from lightning_callbacks.methods.deeplift.call import Call, NoRuleError, Rewrite, Rule


def _refuse(_here: Call, _there: Call) -> Rewrite | None:
    raise NoRuleError


UNCOVERED = Rule(_refuse)

# Linear in the first argument, and in nothing else.
_RESAMPLING = Rule(_refuse, lambda call: bool(call.varying - {0}))

RULES: Mapping[str, Rule] = {
    **elementwise.RULES,
    **products.RULES,
    **softmax.RULES,
    **extremes.RULES,
    **norms.RULES,
    **reductions.RULES,
    "grid_sampler_2d": _RESAMPLING,
    "grid_sampler_3d": _RESAMPLING,
}
