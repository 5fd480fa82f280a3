"""The page's colours: vik and berlin for signed values, inferno for others; ink that is legible.

vik and berlin: F. Crameri, Scientific colour maps (MIT); inferno: S. van der Walt and N. Smith
(CC0).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Equally spaced, linear in between; as frontend/src/maps/colormaps.ts has them.
_POINTS = {
    "inferno": (
        "0000040b0724210c4a3c096557106d70196e89226aa32b61bb3755"
        "d14644e35932f1711ef98d0afcab0ff9ca32f2e865fcffa4"
    ),
    "vik": (
        "001261022b710344810c5e922f7ca6609dbc92bdd2c5dbe5ece5e1"
        "e9cbb9dcab8fcf8e68c37243b3531f932e06741506590008"
    ),
    "berlin": (
        "9eb0ff79abed519fd33685ad2868861d4b6114303e111a20190c09"
        "2a0e013f1201591c077b321c9c4f3dbc6d61dd8d86ffadad"
    ),
}
# Of a diverging map's half, how much is used behind text: its ends are as dark, or light, as ink.
_REACH = 0.8
_LIGHT = 0.179  # the luminance from which on black reads better than white
PAPERS = {"vik": (255, 255, 255), "berlin": (36, 38, 41)}
POSITIVE, NEGATIVE = "#c37243", "#2f7ca6"  # of vik: visible on light and on dark ground


def colours(name: str, positions: np.ndarray) -> np.ndarray:
    """Returns float [..., 3] in [0, 255]: the colours of `name` at positions [...] in [0, 1]."""
    digits = bytes.fromhex(_POINTS[name])
    points = np.frombuffer(digits, np.uint8).reshape(-1, 3).astype(float)
    places = np.linspace(0, 1, len(points))
    held = np.clip(positions, 0, 1)
    return np.stack([np.interp(held, places, points[:, k]) for k in range(3)], axis=-1)


def ink(share: float, name: str) -> tuple[str, str]:
    """Returns (background, colour) of text with a value of `share` in [-1, 1] of the scale.

    Zero is the paper itself, and more is always further from it.
    """
    held = float(np.clip(np.nan_to_num(share), -1, 1))
    end = colours(name, np.array(0.5 + 0.5 * _REACH * np.sign(held)))
    paper = np.array(PAPERS[name], float)
    ground = np.rint(paper + (end - paper) * abs(held)).astype(int)
    legible = "#000" if _luminance(ground) > _LIGHT else "#fff"
    return f"#{ground[0]:02x}{ground[1]:02x}{ground[2]:02x}", legible


def _luminance(colour: Sequence[int] | np.ndarray) -> float:
    """Returns the relative luminance, as contrast is measured by (WCAG 2)."""
    parts = np.asarray(colour, float) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
