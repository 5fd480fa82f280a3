"""How much memory a record may take of Python and of the page, as a multiple of its bytes.

Of each kind that holds much, one record that is nearly all arrays; with `BENCHMARKS=full` such of
1, 4 and 8 MB in Python too, whose multiples `pytest -rP` prints.
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
from tests.fuzz import decoding, page, seeds

MULTIPLE = 12  # bytes of memory per byte of a record's arrays
JSON_MULTIPLE = 50  # per byte of its fields: an empty list takes three bytes there, and 64 here
ALLOWANCE = 3 * 2**20  # bytes that any record may take: what is written is made in pieces
IN_PAGE = 3  # in the page, where arrays are views of a record's bytes, or unfolded to twice them
JSON_IN_PAGE = 25  # there per byte of its fields: 14 were seen
LARGE = 2**22  # bytes: noise of the page's own memory is below a tenth of it
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


def of_fields(count):
    """Returns a record with `count` empty lists."""
    block = next(b for b in seeds.by_kind()["probe"] if b.record["modality"] == "image").clone()
    block.record["more"] = [[]] * count
    return block.packed()


def test_fields_of_a_record_take_what_json_takes():
    data = of_fields(2**16)
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


@pytest.fixture
def asked(folder):
    """Returns what the page answers of a record: how many bytes it holds, decoded."""
    worker = page.Page(folder)
    yield lambda data: worker.ask([page.Message(data, measured=True)])[0]["bytes"]
    worker.close()


@pytest.mark.parametrize("kind", GROWING)
def test_a_record_takes_a_fixed_multiple_of_its_bytes_in_the_page(kind, asked):
    data = heavy(kind, LARGE)
    multiple = asked(data) / len(data)
    print(f"{kind}, page, {len(data):,} bytes: {multiple:.2f}")
    # Less than its own bytes would say that it isn't measured.
    assert 0.8 < multiple < IN_PAGE


def test_fields_of_a_record_take_what_json_takes_in_the_page(asked):
    data = of_fields(2**20)
    multiple = asked(data) / len(data)
    print(f"fields, page, {len(data):,} bytes: {multiple:.2f}")
    assert 5 < multiple < JSON_IN_PAGE
