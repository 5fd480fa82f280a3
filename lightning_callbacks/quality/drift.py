"""How maps move from record to record, at the same samples. It knows arrays; nothing of models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lightning_callbacks.quality import similarity

# name: (label, unit); each against the monitor's previous record.
DRIFT: Mapping[str, tuple[str, str]] = {
    "drift_spearman": ("similarity to the previous record", "Spearman"),
    "drift_ssim": ("structural similarity to the previous record", "SSIM"),
    "drift_top": ("overlap of the top tenth with the previous record's", "IoU"),
    "drift_centre": ("way of the centre since the previous record", "of the diagonal"),
}


def drift(before: np.ndarray | None, now: np.ndarray) -> dict[str, np.ndarray]:
    """Returns each of DRIFT, float [N]; NaN where it is not defined or there is no record before.

    Args:
      before: maps float [N, ...] of the previous record.
      now: maps of this one.
    """
    nothing = np.full(len(now), np.nan)
    if before is None or before.shape != now.shape:
        return dict.fromkeys(DRIFT, nothing)
    flat = (before.reshape(len(now), -1), now.reshape(len(now), -1))
    has_space = now.ndim == 3  # [N, h, w] or [N, C, L]
    return {
        "drift_spearman": similarity.spearman(*flat),
        "drift_ssim": similarity.ssim(before, now) if has_space else nothing,
        "drift_top": similarity.top_overlap(*flat),
        "drift_centre": similarity.centre_shift(before, now) if has_space else nothing,
    }
