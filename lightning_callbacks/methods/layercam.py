"""LayerCAM (Jiang et al. 2021, doi:10.1109/TIP.2021.3089943)."""

from __future__ import annotations

from torch import Tensor

from lightning_callbacks.methods.cam import CamMethod


def weigh(activations: Tensor, gradients: Tensor) -> Tensor:
    """Returns sum_k ReLU(g_k) * A_k, cell by cell.

    Args:
      activations: A, float [N, K, h, w].
      gradients: g, of the target with respect to A, float [N, K, h, w].

    Returns:
      float [N, h, w], in logits; the paper then takes its ReLU.
    """
    return gradients.relu().mul_(activations).sum(dim=1)


METHOD = CamMethod(
    name="layercam",
    title="LayerCAM",
    source="Jiang et al. 2021, doi:10.1109/TIP.2021.3089943",
    weigh=weigh,
    relu=True,
    unit="logit",
)
