"""The kinds of edits a scan can measure, by the name plans know them by."""

from __future__ import annotations

from collections.abc import Mapping

from lightning_callbacks.sensitivity.edits.bits import bits
from lightning_callbacks.sensitivity.edits.channel import channel
from lightning_callbacks.sensitivity.edits.clusters import clusters
from lightning_callbacks.sensitivity.edits.edited import MakeEdits
from lightning_callbacks.sensitivity.edits.heads import heads
from lightning_callbacks.sensitivity.edits.n_m import n_m
from lightning_callbacks.sensitivity.edits.unstructured import unstructured

EDIT_KINDS: Mapping[str, MakeEdits] = {
    "unstructured": unstructured,
    "channel": channel,
    "heads": heads,
    "n:m": n_m,
    "bits": bits,
    "clusters": clusters,
}
