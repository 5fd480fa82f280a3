"""XGrad-CAM (Fu et al. 2020, arXiv:2008.02312)."""

from __future__ import annotations

from torch import Tensor

from lightning_callbacks.methods.cam import CamMethod, weighted_sum


def weigh(activations: Tensor, gradients: Tensor) -> Tensor:
    """Returns sum_k a_k A_k, with a_k = sum_ij (A_kij / sum_ab A_kab) g_kij.

    A channel whose activations sum to 0 has the weight 0.

    Args:
      activations: A, float [N, K, h, w].
      gradients: g, of the target with respect to A, float [N, K, h, w].

    Returns:
      float [N, h, w], in logits; the paper then takes its ReLU.
    """
    totals = activations.sum(dim=(2, 3))
    weights = (activations * gradients).sum(dim=(2, 3)) / totals
    return weighted_sum(weights.masked_fill_(totals == 0, 0), activations)


METHOD = CamMethod(
    name="xgradcam",
    title="XGrad-CAM",
    source="Fu et al. 2020, arXiv:2008.02312",
    weigh=weigh,
    relu=True,
    unit="logit",
)
