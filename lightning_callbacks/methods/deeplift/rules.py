"""The registry: operator name -> rule."""

from __future__ import annotations

from collections.abc import Mapping

from lightning_callbacks.methods.deeplift import (
    constants,
    elementwise,
    extremes,
    norms,
    products,
    reductions,
    softmax,
)
from lightning_callbacks.methods.deeplift.call import (
    Call,
    FusedError,
    NoRuleError,
    Rewrite,
    Rule,
)


def _refuse(_here: Call, _there: Call) -> Rewrite | None:
    raise NoRuleError


UNCOVERED = Rule(_refuse)
CONDITIONS = elementwise.CONDITIONS

# Linear in the first argument, and in nothing else.
_RESAMPLING = Rule(_refuse, lambda call: bool(call.varying - {0}))

# Fused recurrent kernels, which `recurrent` runs step by step instead.
_FUSED = (
    "mkldnn_rnn_layer",
    "_cudnn_rnn",
    "miopen_rnn",
    "_thnn_fused_lstm_cell",
    "_thnn_fused_gru_cell",
)


def _unroll(call: Call) -> bool:
    if call.varying:
        raise FusedError
    return False


RULES: Mapping[str, Rule] = {
    **elementwise.RULES,
    **constants.RULES,
    **products.RULES,
    **softmax.RULES,
    **extremes.RULES,
    **norms.RULES,
    **reductions.RULES,
    **dict.fromkeys(_FUSED, Rule(_refuse, _unroll)),
    "grid_sampler_2d": _RESAMPLING,
    "grid_sampler_3d": _RESAMPLING,
}
