"""Every array of every kind has named axes, and names along them where the record lists some."""

import pytest

from tb_explain.reading.axes import axes_of, labels_along
from tb_explain.reading.record import LoadedRecord
from tests.golden import make

RECORDS = {name: LoadedRecord(record, 0.0) for name, record in make.records().items()}
ARRAYS = [(name, array) for name, record in RECORDS.items() for array in record.arrays]


@pytest.mark.parametrize(("name", "array"), ARRAYS)
def test_every_axis_has_a_name(name, array):
    record = RECORDS[name]
    axes = axes_of(record, array)
    assert len(axes) == record.arrays[array].ndim
    assert not [axis for axis in axes if axis.startswith("axis ")]
    for axis, size in zip(axes, record.arrays[array].shape, strict=True):
        assert len(labels_along(record, axis, size)) == size


def test_axes_of_arrays_that_nobody_has_described_are_numbered():
    record = RECORDS["v1_cam"]
    odd = LoadedRecord(record.stored, 0.0)
    object.__setattr__(odd, "arrays", {"map.0": record.arrays["map.0"][0]})
    assert axes_of(odd, "map.0") == ("axis 0", "axis 1")


def test_names_along_an_axis_come_from_the_record():
    record = RECORDS["v1_attribution_summary_tabular"]
    features = record.fields["features"]
    names = [f["name"] if isinstance(f, dict) else f for f in features]
    assert list(labels_along(record, "feature", len(names))) == names
    assert list(labels_along(record, "feature", 99)) == list(range(99))
