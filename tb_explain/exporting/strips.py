"""Maps as film strips: a row per sample, a column per step, the picture below the map.

What does not fit on one sheet goes on several, so that no record asks for more memory than that of
a sheet; and a series that asks for more than so many tiles is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tb_explain.exporting import colours, png
from tb_explain.reading import LoadedRecord, Series

KINDS = ("cam", "attribution")  # of which maps over pictures are drawn
TILE = 112  # pixels of a tile's side
SHEET = 1024  # tiles at most: 41 MB of pixels
MOST = 2**16  # tiles of a series: some minutes
_GAP = 4  # pixels between tiles
_GROUND = 255


class TooManyTilesError(ValueError):
    """A series whose strips would take too long to draw, and too much room."""


@dataclass(frozen=True)
class Strip:
    """One map of a series over samples and steps.

    Attributes:
      name: of the map: method, layer, target.
      png: the picture, its rows and columns in its description.
    """

    name: str
    png: bytes


@dataclass(frozen=True)
class _Film:
    """One map, over the records that have it: at least one.

    Attributes:
      entry: of the map, in the records' `maps`.
      records: by ascending step.
    """

    entry: Mapping[str, Any]
    records: Sequence[LoadedRecord]

    @property
    def samples(self) -> int:
        """How many rows there are."""
        return len(self.records[-1][self.entry["array"]])

    @property
    def tiles(self) -> int:
        """How many tiles there are."""
        return self.samples * len(self.records)


def strips(series: Series, step: int | None = None) -> Iterator[Strip]:
    """Yields a strip for each map of `series`, or several; of the one `step`, or of all.

    Colours mean the same along a row: the strongest value of the sample at any of the steps is
    the end of the colour map.

    Raises:
      KeyError: there is no record of `step`.
      TooManyTilesError: more than `MOST` tiles would be drawn; none is.
    """
    mapped = _mapped([series.at(step)] if step is not None else list(series))
    films = _films(mapped)
    tiles = sum(film.tiles for film in films)
    if tiles > MOST:
        raise TooManyTilesError(
            f"{series.run}, {series.tag} would take {tiles:,} tiles, one per map, sample and step; "
            f"at most {MOST:,} are drawn."
        )
    for film in films:
        picture = _pictures(series, mapped[-1].fields.get("probe"))
        name = _name(film.entry, mapped[-1].fields.get("targets") or ())
        sheets = _sheets(film)
        for number, (rows, columns) in enumerate(sheets, 1):
            titled = name if len(sheets) == 1 else f"{name}, sheet {number} of {len(sheets)}"
            steps = ", ".join(str(film.records[column].step) for column in columns)
            words = f"{series.run}, {titled}. Rows: {_shown(rows)}. Columns: steps {steps}."
            yield Strip(titled, png.encode(_drawn(film, rows, columns, picture), words))


def _mapped(records: Sequence[LoadedRecord]) -> list[LoadedRecord]:
    """Returns those that hold maps over pictures."""
    of_images = [r for r in records if r.fields.get("space", "image") == "image"]
    return [record for record in of_images if record.fields.get("maps")]


def _films(records: Sequence[LoadedRecord]) -> list[_Film]:
    films = []
    for entry in records[-1].fields["maps"] if records else ():
        name = entry["array"]
        held = [record for record in records if name in record.arrays and record[name].size]
        films += [_Film(entry, held)] if held else []
    return films


def _sheets(film: _Film) -> list[tuple[range, range]]:
    """Returns the samples and the columns of each sheet: as few as hold all."""
    width = min(len(film.records), SHEET)
    height = SHEET // width
    return [
        (range(row, min(row + height, film.samples)), range(first, last))
        for row in range(0, film.samples, height)
        for first in range(0, len(film.records), width)
        for last in [min(first + width, len(film.records))]
    ]


def _shown(rows: range) -> str:
    return f"{len(rows)} samples" + (f", from number {rows[0]} on" if rows[0] else "")


def _drawn(
    film: _Film, rows: range, columns: range, picture: Callable[[int], np.ndarray | None]
) -> np.ndarray:
    pitch = TILE + _GAP
    maps = [record[film.entry["array"]] for record in film.records]
    shape = (len(rows) * pitch - _GAP, len(columns) * pitch - _GAP, 3)
    sheet = np.full(shape, _GROUND, np.uint8)
    for y, sample in enumerate(rows):
        found = picture(sample)
        ground = colours.resized(np.zeros((1, 1, 3)) if found is None else found, TILE, TILE)
        peak = max(map(_peak, (each[sample] for each in maps if sample < len(each))))
        for x, column in enumerate(columns):
            if sample < len(maps[column]):
                shares = colours.resized(maps[column][sample] / (peak or 1), TILE, TILE)
                tile = colours.overlay(ground, shares, signed=film.entry["signed"])
                sheet[y * pitch :, x * pitch :][:TILE, :TILE] = tile
    return sheet


def _peak(values: np.ndarray) -> float:
    return float(np.max(np.abs(values), initial=0, where=np.isfinite(values)))


def _pictures(series: Series, digest: str | None) -> Callable[[int], np.ndarray | None]:
    """Returns what reads the picture of a sample of the probe, uint8 [H, W, 3]; None without it."""
    probe = series.siblings.get(f"probe/{digest}", ())
    if not probe or "images" not in probe[-1].arrays:
        return lambda _: None
    data, ends = probe[-1].arrays["images"], [0, *probe[-1].arrays["image_ends"].tolist()]

    def picture(sample: int) -> np.ndarray | None:
        try:
            return png.decode(data[ends[sample] : ends[sample + 1]].tobytes())
        except (IndexError, png.PictureError):
            return None

    return picture


def _name(entry: Mapping[str, Any], targets: Sequence[Mapping[str, Any]]) -> str:
    place = entry.get("target", 0)
    target = targets[place]["spec"] if place < len(targets) else None
    parts = [entry.get("method"), entry.get("layer"), target]
    return ", ".join(str(part) for part in parts if part)
