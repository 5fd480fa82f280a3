"""Grad-CAM++ (Chattopadhay et al. 2018, arXiv:1710.11063)."""

from __future__ import annotations

from torch import Tensor

from lightning_callbacks.methods.cam import CamMethod, weighted_sum


def weigh(activations: Tensor, gradients: Tensor) -> Tensor:
    """Returns sum_k w_k A_k, with w_k = sum_ij alpha_kij ReLU(g_kij).

    alpha = g^2 / (2 g^2 + sum_ab A_kab g^3), 0 where the denominator is 0: the paper's equation 19
    for a target that is the exponential of a logit, whose own derivative cancels. Here it is
    computed as 1 / (2 + g sum_ab A_kab), which is the same for g != 0 and has no powers of g that
    underflow; no epsilon is added, as that would make the map depend on the scale of g and A.

    Args:
      activations: A, float [N, K, h, w].
      gradients: g, of the logit with respect to A, float [N, K, h, w].

    Returns:
      float [N, h, w], in logits; the paper then takes its ReLU.
    """
    denominators = gradients * activations.sum(dim=(2, 3), keepdim=True) + 2
    terms = gradients.relu().div_(denominators).masked_fill_(denominators == 0, 0)
    return weighted_sum(terms.sum(dim=(2, 3)), activations)


METHOD = CamMethod(
    name="gradcam++",
    title="Grad-CAM++",
    source="Chattopadhay et al. 2018, arXiv:1710.11063",
    weigh=weigh,
    relu=True,
    unit="logit",
)
