"""How much memory a record may take of whatever runs in Python, as a multiple of its bytes.

Of each kind that holds much, one record that is nearly all arrays; with `BENCHMARKS=full` such of
1, 4 and 8 MB, whose multiples `pytest -rP` prints.
"""

from __future__ import annotations

import contextlib
import io
import math
import tracemalloc

import pytest

from tb_explain.cli import show
from tb_explain.exporting import csv
from tb_explain.reading import Run, Series, checks, npz
from tests.benchmarks.size import size
from tests.fuzz import decoding, seeds

MULTIPLE = 12  # bytes of memory per byte of a record's arrays
JSON_MULTIPLE = 50  # per byte of its fields: an empty list takes three bytes there, and 64 here
ALLOWANCE = 3 * 2**20  # bytes that any record may take: what is written is made in pieces
SIZES = size(small=(2**16,), full=(2**20, 2**22, 2**23))

# Of each kind the array that grows, and its first axes, which do not.
GROWING = {
    "cam": ("map.0", 1),
    "attribution": ("map.0", 1),
    "feature_maps": ("map.0", 2),
    "filters": ("filters", 2),
    "attention": ("rollout", 1),
    "layer_histograms": ("bins", 0),
    "layer_statistics": ("dead", 0),
    "probe": ("images", 0),
    "outputs": ("confusion", 0),
    "predictions": ("classes", 1),
    "sensitivity": ("shares", 0),
}


class Nowhere(io.StringIO):
    """A file that keeps nothing."""

    def write(self, text):
        return len(text)


def printed(series):
    show._print(series, series[0], rows=20)


def as_json(series):
    for part in show._as_json(series[0]):
        print(part)


def as_csv(series):
    csv.save(series, Nowhere())


def as_npz(series):
    npz.save([series], io.BytesIO())


USES = (decoding.arrays, printed, as_json, as_csv, as_npz, decoding.sensitivity)


def heavy(kind, count):
    """Returns a record of `kind` of some `count` bytes."""
    name, fixed = GROWING[kind]
    of_kind = [b for b in seeds.by_kind()[kind] if name in {array.name for array in b.arrays}]
    block = of_kind[0].clone()
    arrays = {array.name: array for array in block.arrays}
    grown = arrays[name]
    side = len(grown.shape) - fixed
    each = count // grown.item // math.prod(grown.shape[:fixed])
    lengths = {1: [each], 2: [math.isqrt(each)] * 2}[side]
    grown.fit([*grown.shape[:fixed], *([each // 2, 2] if name == "dead" else lengths)])
    if name == "classes":
        arrays["scores"].fit(grown.shape)
    if name == "shares":
        for counts in (array for array in block.arrays if array.name.startswith("counts.")):
            counts.fit([len(block.record["units"]), each][::-1])
    return block.packed()


def taken(data, use):
    """Returns the bytes of memory that decoding `data` and using it take at most."""
    tracemalloc.start()
    try:
        record = decoding.schema.unpack(data)
        checks.check(record)
        series = Series("run", "tag", record.kind, "m", lambda: decoding._decoded(record))
        series.siblings = Run("run", [series])
        with contextlib.redirect_stdout(Nowhere()):
            use(series)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_fields_of_a_record_take_what_json_takes():
    block = next(b for b in seeds.by_kind()["probe"] if b.record["modality"] == "image").clone()
    block.record["more"] = [[]] * 2**16
    data = block.packed()
    for use in (printed, as_json, as_npz):
        found = taken(data, use)
        print(f"fields, {use.__name__}, {len(data):,} bytes: {found / len(data):.1f}")
        assert found <= ALLOWANCE + JSON_MULTIPLE * len(data), use.__name__


@pytest.mark.parametrize("kind", GROWING)
def test_a_record_takes_a_fixed_multiple_of_its_bytes(kind):
    for count in SIZES:
        data = heavy(kind, count)
        for use in USES:
            found = taken(data, use)
            print(f"{kind}, {use.__name__}, {len(data):,} bytes: {found / len(data):.1f}")
            assert found <= ALLOWANCE + MULTIPLE * len(data), use.__name__
