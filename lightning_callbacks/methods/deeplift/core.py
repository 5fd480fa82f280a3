"""DeepLIFT at operator level: two passes in step, and one backward pass with rules for gradients.

The baselines go through the model first, and every operator that is not linear in what varies is
noted; then the inputs, whose operators are paired with those noted. Each pair makes a rewrite,
which replaces the operator's gradient while autograd walks back from the output. Operators that
are linear keep their gradient: there it is the multiplier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.graph import Node, get_gradient_edge, saved_tensors_hooks
from torch.nn.attention import SDPBackend, sdpa_kernel

from lightning_callbacks.methods.deeplift.call import DeepLiftError, FusedError
from lightning_callbacks.methods.deeplift.graph import attach, names, nodes_between, require_same
from lightning_callbacks.methods.deeplift.operators import Listener, Listening
from lightning_callbacks.methods.deeplift.passes import BaselinePass, InputPass
from lightning_callbacks.methods.deeplift.recurrent import Unrolled


@dataclass(frozen=True)
class DeepLift:
    """The contributions of inputs to f(x) - f(x').

    Attributes:
      contributions: for each input [N, ...]: multiplier times (x - x').
      output: f(x) [N].
      base: f(x') [N]; contributions of a sample sum to output - base where every operator has a
        rule and all of the difference passes through operators that autograd sees.
      without_rule: names of operators without a rule, whose gradient was taken, sorted.
    """

    contributions: tuple[Tensor, ...]
    output: Tensor
    base: Tensor
    without_rule: tuple[str, ...]


def deeplift(
    forward: Callable[..., Tensor], inputs: Sequence[Tensor], baselines: Sequence[Tensor]
) -> DeepLift:
    """Returns the DeepLIFT contributions (Rescale rule) of `inputs` against `baselines`.

    `forward` runs twice, with the baselines and then with the inputs; one backward pass follows.
    Where it meets a recurrent layer that runs as one kernel it begins again, step by step. The
    model must be in evaluation mode, and the rows of a batch must not influence each other.

    Args:
      forward: takes as many tensors [N, ...] as there are inputs and returns [N], what is to be
        explained of each sample.
      inputs: floating-point tensors [N, ...].
      baselines: tensors of the inputs' shapes, dtypes and devices.

    Raises:
      DeepLiftError: inputs and baselines do not match, `forward` does not return [N], or it runs
        other operators for the inputs than for the baselines.
    """
    _require_pairs(inputs, baselines)
    with torch.inference_mode(False), torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
        try:
            return _explain(forward, inputs, baselines)
        except FusedError:
            with Unrolled():
                return _explain(forward, inputs, baselines)


def _explain(
    forward: Callable[..., Tensor], inputs: Sequence[Tensor], baselines: Sequence[Tensor]
) -> DeepLift:
    there = BaselinePass()
    with saved_tensors_hooks(_forget, _forgotten):
        base = _run(forward, baselines, there)
    there.close()
    here = InputPass(there)
    run = _run(forward, inputs, here)
    passages = here.passages()
    require_same(names(run.nodes), names(base.nodes))
    _require_gradient(run, base)
    without_rule = attach(run.nodes, passages)
    multipliers = _multipliers(run)
    pairs = zip(multipliers, inputs, baselines, strict=True)
    contributions = tuple(m * (x - x0).detach() for m, x, x0 in pairs)
    return DeepLift(contributions, run.output.detach(), base.output.detach(), without_rule)


def _require_pairs(inputs: Sequence[Tensor], baselines: Sequence[Tensor]) -> None:
    if not inputs or len(inputs) != len(baselines):
        raise DeepLiftError(
            f"Got {len(inputs)} inputs and {len(baselines)} baselines. Expect as many of each, "
            "one at least."
        )
    for index, (x, x0) in enumerate(zip(inputs, baselines, strict=True)):
        if (x.shape, x.dtype, x.device) != (x0.shape, x0.dtype, x0.device):
            raise DeepLiftError(
                f"Input {index} is {x.dtype} {list(x.shape)} on {x.device}, its baseline "
                f"{x0.dtype} {list(x0.shape)} on {x0.device}. Expect the same of both: expand "
                "the baseline to the inputs."
            )
        if not x.is_floating_point():
            raise DeepLiftError(
                f"Input {index} is {x.dtype}. Expect a floating-point tensor: of tokens or "
                "categories, attribute the output of the embedding."
            )


@dataclass(frozen=True)
class _Run:
    """One pass: what went in, what came out, and autograd's nodes between."""

    leaves: Sequence[Tensor]
    output: Tensor
    nodes: Sequence[Node]


def _run(forward: Callable[..., Tensor], points: Sequence[Tensor], listener: Listener) -> _Run:
    leaves = [point.detach().clone().requires_grad_() for point in points]
    # Copies, as a model may write to its inputs, which leaves do not allow.
    copies = [leaf.clone() for leaf in leaves]
    with Listening(listener):
        output = forward(*copies)
    N = len(leaves[0])
    if not isinstance(output, Tensor) or output.shape != (N,):
        shape = list(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise DeepLiftError(f"forward returned {shape}. Expect [{N}], one value per sample.")
    starts = [get_gradient_edge(leaf).node for leaf in leaves]
    return _Run(leaves, output, nodes_between(output.grad_fn, starts))


def _require_gradient(run: _Run, base: _Run) -> None:
    if not run.nodes and not torch.equal(run.output, base.output):
        raise DeepLiftError(
            "forward's output changes with the inputs, but autograd sees no way between them: "
            "expect a forward that is differentiable, without `detach()` or `torch.no_grad()`."
        )


def _multipliers(run: _Run) -> Sequence[Tensor]:
    if not run.output.requires_grad:
        return [torch.zeros_like(leaf) for leaf in run.leaves]
    total = run.output.sum()
    return torch.autograd.grad(total, run.leaves, allow_unused=True, materialize_grads=True)


def _forget(_: Tensor) -> None:
    """The baselines' pass is never walked back, so autograd need not keep its tensors."""


def _forgotten(_: None) -> Tensor:
    raise DeepLiftError(
        "The model takes gradients in its own forward pass, which DeepLIFT has no rule for."
    )
