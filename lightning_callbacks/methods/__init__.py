"""The attribution methods, one file each; `METHODS` is their registry, in display order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lightning_callbacks.methods import (
    gradcam,
    gradcam_plus_plus,
    hirescam,
    layercam,
    xgradcam,
)
from lightning_callbacks.methods.cam import CamMethod

METHODS: Mapping[str, CamMethod] = {
    "gradcam": gradcam.METHOD,
    "gradcam++": gradcam_plus_plus.METHOD,
    "hirescam": hirescam.METHOD,
    "layercam": layercam.METHOD,
    "xgradcam": xgradcam.METHOD,
}


def find_methods(names: Sequence[str]) -> list[CamMethod]:
    """Returns the methods called `names`.

    Raises:
      ValueError: a name is unknown, or none is given.
    """
    unknown = [name for name in names if name not in METHODS]
    if unknown or not names:
        what = f"Unknown method {unknown[0]!r}" if unknown else "No method given"
        raise ValueError(f"{what}. Expect one of {list(METHODS)}.")
    return [METHODS[name] for name in names]
