"""Input x gradient: a first-order guess at what each input element adds to the output."""

from __future__ import annotations

from dataclasses import dataclass

from lightning_callbacks.function import Attributed, Function, InputMethod
from lightning_callbacks.methods.gradient import gradients_at_inputs


@dataclass(frozen=True)
class InputXGradient(InputMethod):
    """(x - x') . df/dx, elementwise; one forward and one backward pass.

    Shrikumar et al. 2016 (arXiv:1605.01713) with a baseline of zeros; another baseline is measured
    from. Adds up to f(x) for piecewise linear networks without biases; else it promises no sum.
    """

    name = "input_x_gradient"
    title = "Input × gradient"
    source = "Shrikumar et al. 2016, arXiv:1605.01713"

    def attribute(self, function: Function) -> Attributed:
        """Returns (x - x') . df/dx, shaped as the inputs."""
        output, gradients = gradients_at_inputs(function)
        triples = zip(function.inputs, function.baselines, gradients, strict=True)
        return Attributed(tuple((x - base) * of for x, base, of in triples), output)
