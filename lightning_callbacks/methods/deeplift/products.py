"""Products and other quadratic forms: the gradient at the midpoint is exact.

D(ab) = Da mean(b) + mean(a) Db, which shares the interaction Da Db equally: the Shapley values of
the two factors, as DeepSHAP composes them (Lundberg & Lee 2017, sec. 4.2), and what Achtibat et
al. 2024 ("AttnLRP", sec. 3.3.2) take for the products of attention. A quotient is the product with
the reciprocal.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lightning_callbacks.methods.deeplift.call import (
    Call,
    Gradients,
    Rewrite,
    Rule,
    needed,
    replaced,
)
from lightning_callbacks.methods.deeplift.constants import require_constant
from lightning_callbacks.methods.deeplift.elementwise import choice, elementwise

# Positions of the factors among the arguments; the others enter linearly or not at all.
FACTORS = {
    "mv": (0, 1),
    "dot": (0, 1),
    "vdot": (0, 1),
    "linear": (0, 1),
    "addmm": (1, 2),
    "addmv": (1, 2),
    "addbmm": (1, 2),
    "baddbmm": (1, 2),
    "addr": (1, 2),
    "addcmul": (1, 2),
    "lerp": (0, 1, 2),
    "convolution": (0, 1),
    "linalg_cross": (0, 1),
    "_trilinear": (0, 1, 2),
}


QUOTIENTS = ["div", "divide", "true_divide"]


def multiplies(call: Call) -> bool:
    """Returns whether a second factor varies, or may; else the operator is linear."""
    with_gradient, without = _factors(call)
    return len(with_gradient) > 1 or bool(with_gradient and without)


def _factors(call: Call) -> tuple[list[int], list[int]]:
    """Returns the positions of factors that vary with a gradient, and that may without."""
    factors = FACTORS.get(call.name, (0, 1))
    return [i for i in factors if i in call.varying], [i for i in factors if i in call.loose]


def divides(call: Call) -> bool:
    """Returns whether the denominator varies, or may, or the quotient is rounded."""
    if not call.varying:
        return False
    return 1 in call.varying or 1 in call.loose or "rounding_mode" in call.kwargs


def scales(call: Call) -> bool:
    """Returns whether only one factor has a gradient, and no other is a mask."""
    with_gradient, without = _factors(call)
    return len(with_gradient) < 2 and all(call.args[i].dtype != torch.bool for i in without)


def multiply(here: Call, there: Call) -> Rewrite | None:
    """Returns the rewrite of an elementwise product, with broadcasting.

    A boolean factor without a gradient makes it one activation, as in `x * (x > 0)`.
    """
    if len(here.varying) < 2:
        if not scales(here):
            return choice(here, there)
        require_constant(here, there, here.loose)
        return None
    a, b = (_middle(here.args[i], there.args[i]) for i in (0, 1))
    return where_both_vary(_scale((b, a)))


def where_both_vary(rewrite: Rewrite) -> Rewrite:
    """Returns a rewrite that keeps the gradient where only one factor leads to the inputs.

    The other, a re-parametrised weight say, is then a constant, whatever autograd thinks of it.
    """

    def hook(inputs: Gradients, outputs: Gradients) -> Gradients:
        leading = sum(gradient is not None for gradient in inputs)
        return rewrite(inputs, outputs) if leading > 1 else inputs

    return hook


def divide(here: Call, there: Call) -> Rewrite | None:
    """Returns the rewrite of a / b = a (1/b), where D(1/b) = -Db / (b b')."""
    if here.kwargs.get("rounding_mode") is not None:
        return elementwise(here, there)
    require_constant(here, there, here.loose)
    if 1 not in here.varying:
        return None
    (a, b), (a0, b0) = here.args[:2], there.args[:2]
    return _scale(((1 / b + 1 / b0) / 2, -_middle(a, a0) / (b * b0)))


def _scale(factors: tuple[Tensor, Tensor]) -> Rewrite:
    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        for slot, factor in enumerate(factors):
            if (true := inputs[slot]) is not None:
                spread = needed(outputs[0]) * factor.conj()
                inputs = replaced(inputs, slot, spread.sum_to_size(true.shape))
        return inputs

    return rewrite


def matrices(here: Call, there: Call) -> Rewrite | None:
    """Returns the rewrite of mm and bmm, as `midpoint` would give it, without another product."""
    if len(here.varying) < 2:
        require_constant(here, there, here.loose)
        return None
    a, b = (_middle(here.args[i], there.args[i]).mH for i in (0, 1))

    def rewrite(_: Gradients, outputs: Gradients) -> Gradients:
        g = needed(outputs[0])
        return g @ b, a @ g

    return where_both_vary(rewrite)


def midpoint(here: Call, there: Call) -> Rewrite | None:
    """Returns the rewrite of any other operator that is bilinear in its factors."""
    factors, without = _factors(here)
    require_constant(here, there, without)
    if len(factors) < 2:
        return None
    slots = {i: here.slots.index(i) for i in factors}
    middle = {i: _middle(here.args[i], there.args[i]) for i in slots}
    args = [middle.get(i, arg) for i, arg in enumerate(here.args)]

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        asked = [i for i, slot in slots.items() if inputs[slot] is not None]
        leaves = [middle[i].requires_grad_() for i in asked]
        with torch.enable_grad():
            output = here.function(*args, **here.kwargs)
        found = torch.autograd.grad(output, leaves, outputs[0])
        for i, gradient in zip(asked, found, strict=True):
            inputs = replaced(inputs, slots[i], gradient)
        return inputs

    return where_both_vary(rewrite)


def _middle(a: Tensor, b: Tensor) -> Tensor:
    return (a + b).div_(2)


RULES = {
    "mul": Rule(multiply, multiplies, scales),
    **dict.fromkeys(QUOTIENTS, Rule(divide, divides)),
    **dict.fromkeys(FACTORS, Rule(midpoint, multiplies, scales)),
    **dict.fromkeys(["mm", "bmm"], Rule(matrices, multiplies, scales)),
}
