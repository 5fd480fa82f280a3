"""Elementwise operators: the secant (Rescale), and its least-norm form for several inputs.

With one input, multiplier = Dy / Dx (Shrikumar et al. 2017, "Learning Important Features Through
Propagating Activation Differences", eq. 12), or the derivative where Dx is next to nothing.
With several, the multipliers are the mean of both ends' derivatives plus the smallest correction
that makes them sum to Dy: m_k = d_k + D_k (Dy - sum_j d_j D_j) / sum_j D_j^2. For one input
that is the secant, for a product the product rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lightning_callbacks.methods.deeplift.call import (
    Call,
    Gradients,
    Rewrite,
    Rule,
    needed,
    replaced,
    tolerance,
)
from lightning_callbacks.methods.deeplift.secants import applied, secants

# Identity or constant, piece by piece, so that rounding can't spoil a secant, however short.
PIECEWISE = "relu hardtanh threshold abs clamp clamp_min clamp_max"
ACTIVATIONS = """
    leaky_relu elu celu gelu silu mish hardswish hardsigmoid sigmoid tanh softplus
    log_sigmoid_forward hardshrink softshrink rrelu_with_noise _prelu_kernel
"""
POINTWISE = """
    exp exp2 expm1 log1p sin cos sinh cosh atan asinh sinc erf erfc
    addcdiv maximum minimum fmax fmin atan2 hypot logaddexp logaddexp2
    nan_to_num sign sgn round floor ceil trunc frac fmod remainder copysign lgamma digamma i0
"""
# Somewhere their derivative is infinite, and there infinity times no difference must be nothing.
SINGULAR = """
    sqrt rsqrt log log2 log10 reciprocal pow tan asin acos acosh atanh erfinv logit xlogy
    special_entr special_xlog1py
"""
# Operators that choose between two values, and the position of the condition.
CONDITIONS = {"where": 0, "masked_fill": 1}

_EXACT, _SINGULAR = frozenset(PIECEWISE.split()), frozenset(SINGULAR.split())


def elementwise(here: Call, there: Call) -> Rewrite | None:
    """Returns the secant where one tensor of the output's shape varies, else the least norm."""
    first, *others = sorted(here.varying)
    x = here.args[first]
    if x.is_complex():
        return _modulus(here, there)
    if others or x.shape != here.output.shape:
        return _least_norm(here, there)
    return _secant(here, there, first)


def _secant(here: Call, there: Call, position: int) -> Rewrite:
    slot, ends = here.slots.index(position), (here.args[position], here.output)
    exact, singular = here.name in _EXACT, here.name in _SINGULAR
    slope, flat = secants(*ends, there.args[position], there.output, exact=exact)
    if flat is None:
        return lambda inputs, outputs: replaced(inputs, slot, needed(outputs[0]) * slope)

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        true = needed(inputs[slot])
        true = true.nan_to_num(0.0, 0.0, 0.0) if singular else true
        return replaced(inputs, slot, applied(slope, flat, needed(outputs[0]), true))

    return rewrite


def _modulus(here: Call, there: Call) -> Rewrite:
    """|z| = sqrt(z z*) of complex z: the product rule within, the root's secant without."""
    total = here.output + there.output
    direction = torch.where(total == 0, 0.0, (here.args[0] + there.args[0]) / total)
    return lambda inputs, outputs: (needed(outputs[0]) * direction, *inputs[1:])


def choice(here: Call, there: Call) -> Rewrite | None:
    """Returns no rewrite where both passes chose alike, as for a padding or a causal mask."""
    (mask,) = (i for i, arg in enumerate(here.args) if _is_mask(arg))
    if torch.equal(here.args[mask], there.args[mask]):
        return None
    return elementwise(here, there)


def _is_mask(value: object) -> bool:
    return isinstance(value, Tensor) and value.dtype == torch.bool


def _least_norm(here: Call, there: Call) -> Rewrite:
    kept = [position for position in here.slots if position in here.varying]
    slots = [here.slots.index(position) for position in kept]
    ends = [_Expanded.of(call, kept) for call in (here, there)]
    steps = [a - b for a, b in zip(ends[0].values, ends[1].values, strict=True)]
    size = sum((step.square() for step in steps), torch.zeros_like(steps[0]))
    scale = sum((value.abs() for value in ends[0].values), here.output.abs())
    flat = size <= (tolerance(scale) * scale).square()
    rise = here.output - there.output

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        both = zip(ends[0].derivatives(), ends[1].derivatives(), strict=True)
        means = [(a + b) / 2 for a, b in both]
        missing = rise - sum(m * step for m, step in zip(means, steps, strict=True))
        correction = torch.where(flat, 0.0, missing / size)
        for slot, mean, step in zip(slots, means, steps, strict=True):
            if (true := inputs[slot]) is not None:
                spread = needed(outputs[0]) * (mean + step * correction)
                inputs = replaced(inputs, slot, spread.sum_to_size(true.shape))
        return inputs

    return rewrite


@dataclass(frozen=True)
class _Expanded:
    """One pass's call, all its varying tensors expanded to the output's shape and copied."""

    call: Call
    kept: Sequence[int]
    values: Sequence[Tensor]

    @classmethod
    def of(cls, call: Call, kept: Sequence[int]) -> _Expanded:
        shape = call.output.shape
        values = [call.args[i].expand(shape).clone() for i in kept]
        args = tuple(arg.clone() if isinstance(arg, Tensor) else arg for arg in call.args)
        return cls(replace(call, args=args), kept, values)

    def derivatives(self) -> Sequence[Tensor]:
        """Returns the partial derivatives at this end, each of the output's shape."""
        args = list(self.call.args)
        for i, value in zip(self.kept, self.values, strict=True):
            args[i] = value.requires_grad_()
        with torch.enable_grad():
            output = self.call.function(*args, **self.call.kwargs).sum()
        found = torch.autograd.grad(output, self.values, allow_unused=True, materialize_grads=True)
        return [gradient.nan_to_num(0.0, 0.0, 0.0) for gradient in found]


RULES = {
    **dict.fromkeys(f"{PIECEWISE} {ACTIVATIONS} {POINTWISE} {SINGULAR}".split(), Rule(elementwise)),
    **dict.fromkeys(CONDITIONS, Rule(choice)),
}
