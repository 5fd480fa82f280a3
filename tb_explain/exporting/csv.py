"""Series as CSV: the rows of `tb_explain.reading.tables`, with floats that read back exactly."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

from tb_explain.reading import Series
from tb_explain.reading.tables import pieces


def save(series: Series, file: TextIO, names: Sequence[str] = ()) -> None:
    """Writes the numbers of the arrays `names` of `series`, or of all, as rows with a header.

    A float is Python's shortest decimal that reads back as the same float64; None is empty.
    """
    writer = csv.writer(file, lineterminator="\n")
    for number, columns in enumerate(pieces(series, names)):
        if number == 0:
            writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
