"""Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391)."""

from __future__ import annotations

from torch import Tensor

from lightning_callbacks.methods.cam import CamMethod, weighted_sum


def weigh(activations: Tensor, gradients: Tensor) -> Tensor:
    """Returns sum_k a_k A_k, where a_k is the mean of g_k over the positions.

    Args:
      activations: A, float [N, K, h, w].
      gradients: g, of the target with respect to A, float [N, K, h, w].

    Returns:
      float [N, h, w], in logits; the paper then takes its ReLU.
    """
    return weighted_sum(gradients.mean(dim=(2, 3)), activations)


METHOD = CamMethod(
    name="gradcam",
    title="Grad-CAM",
    source="Selvaraju et al. 2017, arXiv:1610.02391",
    weigh=weigh,
    relu=True,
    unit="logit",
)
