"""Saliency: how much the output changes with each input element."""

from __future__ import annotations

from dataclasses import dataclass

from lightning_callbacks.function import Attributed, Function, InputMethod
from lightning_callbacks.methods.gradient import gradients_at_inputs


@dataclass(frozen=True)
class Saliency(InputMethod):
    """|df/dx|, elementwise; one forward and one backward pass.

    Simonyan, Vedaldi and Zisserman 2013 (arXiv:1312.6034). Of pixels the largest of the channels is
    shown, as there.
    """

    name = "saliency"
    title = "Saliency"
    source = "Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034"
    signed = False
    uses_baseline = False
    unit = "logit per unit of input"

    def attribute(self, function: Function) -> Attributed:
        """Returns |df/dx|, shaped as the inputs."""
        output, gradients = gradients_at_inputs(function)
        return Attributed(tuple(gradient.abs() for gradient in gradients), output)
