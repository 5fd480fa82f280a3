"""What the page must show, computed with numpy from the records themselves."""

from __future__ import annotations

import io
import re
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from tb_explain import schema
from tests.servers import Server

COLOUR_MAPS = Path(__file__).parents[2] / "frontend" / "src" / "maps" / "colormaps.ts"


class RunTruth:
    """The records of one run, as a server hands them out."""

    def __init__(self, server: Server, run: str, *, monitor: str = "gradcam") -> None:
        self.run = run
        self._frame = server.panel("attributions", run).frame
        self.cams = {r.epoch: r for r in self._frame.unpacked(run, f"{monitor}/cam")}
        self.predictions = {r.epoch: r for r in self._frame.unpacked(run, f"{monitor}/predictions")}

    @cached_property
    def probe(self) -> schema.Record:
        (tag,) = [tag for run, tag in self._frame.records if tag.startswith("probe/")]
        return self._frame.unpacked(self.run, tag)[-1]

    @property
    def hashes(self) -> list[str]:
        return self.probe.fields["hashes"]

    def class_name(self, index: int) -> str:
        return self.probe.fields["class_names"][index]

    def maps(self, epoch: int, method: str = "gradcam") -> np.ndarray:
        """Returns float32 [N, h, w]: the maps of the last layer that `method` has."""
        record = self.cams[epoch]
        names = [m["array"] for m in record.fields["maps"] if m["method"] == method]
        return schema.dequantise(record.arrays[names[-1]], record.arrays[f"{names[-1]}.scale"])

    def picture(self, n: int) -> np.ndarray:
        """Returns uint8 [H, W, 3]: the input of the n-th sample."""
        ends = [0, *self.probe.arrays["image_ends"]]
        data = self.probe.arrays["images"][ends[n] : ends[n + 1]].tobytes()
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def shown_value(words: str) -> float:
    """Returns the number that a fact such as "0.4096 logit" opens with."""
    return float(words.split(maxsplit=1)[0])


def four_digits(value: float) -> float:
    """Returns `value` as the page rounds it."""
    return float(f"{float(value):.4g}")


def upsample(values: np.ndarray, size: int) -> np.ndarray:
    """Returns [size, size]: bilinear between the cells' centres, constant beyond them."""
    for axis in (0, 1):
        cells = values.shape[axis]
        centres = (np.arange(cells) + 0.5) * size / cells
        pixels = np.arange(size) + 0.5
        values = np.apply_along_axis(
            lambda line, pixels=pixels, centres=centres: np.interp(pixels, centres, line),
            axis,
            values,
        )
    return values


def colours(name: str, shares: np.ndarray) -> np.ndarray:
    """Returns [..., 3] in [0, 255]: the colour map's points, linear in between."""
    digits = re.search(rf'{name}:\s*"([0-9a-f]+)"', COLOUR_MAPS.read_text())[1]
    points = np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(-1, 3)
    places = np.linspace(0, 1, len(points))
    return np.stack([np.interp(shares, places, points[:, k]) for k in range(3)], axis=-1)


def overlay(
    values: np.ndarray, picture: np.ndarray, *, size: int, limit: float, opacity: float
) -> np.ndarray:
    """Returns [size, size, 3]: the map over the picture; weak values let it through.

    A value of share s of the limit hides `opacity * min(1, 2 s)` of the picture.
    """
    shares = np.clip(upsample(values, size) / limit, 0, 1)
    enlarged = np.kron(picture, np.ones((size // len(picture),) * 2 + (1,)))
    alpha = opacity * np.minimum(1, 2 * shares)[..., None]
    return alpha * colours("inferno", shares) + (1 - alpha) * enlarged
