"""HiResCAM (Draelos and Carin 2020, arXiv:2011.08891)."""

from __future__ import annotations

from torch import Tensor

from lightning_callbacks.methods.cam import CamMethod


def weigh(activations: Tensor, gradients: Tensor) -> Tensor:
    """Returns sum_k g_k * A_k, cell by cell; signed.

    Where one linear layer follows the flattened maps, it sums to the logit minus its bias.

    Args:
      activations: A, float [N, K, h, w].
      gradients: g, of the target with respect to A, float [N, K, h, w].

    Returns:
      float [N, h, w], in logits: what each cell adds to the target, to first order.
    """
    return (gradients * activations).sum(dim=1)


METHOD = CamMethod(
    name="hirescam",
    title="HiResCAM",
    source="Draelos and Carin 2020, arXiv:2011.08891",
    weigh=weigh,
    relu=False,
    unit="logit",
)
