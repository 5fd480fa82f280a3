"""Images with their maps laid over them, as PNG files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lightning_callbacks.pictures import make_pictures
from lightning_callbacks.showing.colours import colours

if TYPE_CHECKING:
    from lightning_callbacks.attribution import Attribution

SIDE = 160  # pixels of the longer side of what is shown
_GAP = 6
# As the page draws them: fully painted from this share of the scale on.
_OPACITY, _FULL_FROM = 0.7, 0.5
_PAPER, _FAINT = 236.0, 0.35


def scale_of(found: Attribution, count: int) -> float:
    """Returns the largest finite magnitude of the first `count` samples; 1 if all are 0."""
    values = np.abs(found.values[:count].float().numpy())
    return float(values[np.isfinite(values)].max(initial=0.0)) or 1.0


def pictures_of(found: Attribution) -> list[tuple[Image.Image, Image.Image]]:
    """Returns (picture, the same with its map over it) of each shown sample."""
    shown = found.shown
    if shown is None or shown.pictures is None:
        return []
    files = make_pictures(shown.pictures, mean=None, std=None, longest_side=None).files
    scale = scale_of(found, len(files))
    pairs = []
    for file, values in zip(files, found.values.float().numpy(), strict=False):
        picture = _sized(Image.open(io.BytesIO(file)).convert("RGB"))
        pairs.append((picture, overlay(picture, values / scale, signed=found.signed)))
    return pairs


def overlay(picture: Image.Image, shares: np.ndarray, *, signed: bool) -> Image.Image:
    """Returns `picture` with a map over it.

    Args:
      picture: RGB.
      shares: [h, w], in [-1, 1] of the scale if `signed`, else in [0, 1]; NaN stays picture.
      signed: diverging colours, the more opaque the further from zero; else sequential ones.
    """
    whole = Image.fromarray(np.nan_to_num(shares).astype(np.float32))
    spread = np.asarray(whole.resize(picture.size, Image.Resampling.BILINEAR))
    below = np.asarray(picture, float)
    if signed:
        # A faint grey picture: neither sign of small values is lost in it.
        below = _PAPER + (below.mean(axis=2, keepdims=True) - _PAPER) * _FAINT
        paint, opacity = colours("vik", 0.5 + 0.4 * np.sign(spread)), np.abs(spread)
    else:
        paint, opacity = colours("inferno", spread), spread / _FULL_FROM
    most = 1.0 if signed else _OPACITY
    alpha = most * np.clip(opacity, 0, 1)[..., None]
    mixed = below + (paint - below) * alpha
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def as_png(found: Attribution) -> bytes | None:
    """Returns the shown samples in columns, with their maps below; None of what is no image."""
    pairs = pictures_of(found)
    if not pairs:
        return None
    width, height = (max(pair[0].size[axis] for pair in pairs) for axis in (0, 1))
    size = (len(pairs) * (width + _GAP) - _GAP, 2 * height + _GAP)
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    for column, pair in enumerate(pairs):
        for row, picture in enumerate(pair):
            sheet.paste(picture, (column * (width + _GAP), row * (height + _GAP)))
    return png(sheet)


def png(picture: Image.Image) -> bytes:
    """Returns the bytes of a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _sized(picture: Image.Image) -> Image.Image:
    """Returns the picture, `SIDE` pixels along its longer side; of small ones as squares."""
    factor = SIDE / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    way = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.LANCZOS
    return picture.resize(size, way)
