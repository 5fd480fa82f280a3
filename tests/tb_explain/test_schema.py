import json

import numpy as np
import pytest
import safetensors.numpy

from tb_explain import schema
from tests.golden import make

GOLDEN = sorted(make.FOLDER.glob("*.bin"))


def cam_record(**changes):
    base = {"kind": "cam", "monitor": "gradcam", "step": 7, "epoch": 1, "written": 2}
    return schema.Record(**{**base, **changes})


def test_unpack_returns_what_was_packed():
    arrays = {
        "u8": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "i8": np.array([-128, 127], np.int8),
        "i32": np.array([], np.int32),
        "i64": np.array(2**62, np.int64),
        "f32": np.array([np.nan, np.inf, -0.0], np.float32),
    }
    record = cam_record(fields={"name": "größe \U0001f600 <b>", "none": None}, arrays=arrays)
    unpacked = schema.unpack(schema.pack(record))
    assert (unpacked.kind, unpacked.monitor, unpacked.step) == ("cam", "gradcam", 7)
    assert (unpacked.epoch, unpacked.written) == (1, 2)
    assert unpacked.fields == record.fields
    assert sorted(unpacked.arrays) == sorted(arrays)
    for name, array in arrays.items():
        assert unpacked.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(unpacked.arrays[name], array)


def test_pack_stores_strided_arrays_in_row_order():
    strided = np.arange(12, dtype=np.float32).reshape(3, 4).T[::2]
    unpacked = schema.unpack(schema.pack(cam_record(arrays={"map.0": strided})))
    np.testing.assert_array_equal(unpacked.arrays["map.0"], strided)


def test_pack_refuses_an_unknown_kind_and_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'heat'.*'cam'.*'predictions', 'probe'"):
        schema.pack(cam_record(kind="heat"))


def test_pack_refuses_a_field_that_would_hide_a_common_one():
    with pytest.raises(ValueError, match=r"\['epoch'\]"):
        schema.pack(cam_record(fields={"epoch": 3}))


def test_pack_refuses_nan_among_the_fields_since_json_has_none():
    with pytest.raises(ValueError, match="JSON"):
        schema.pack(cam_record(fields={"cost_ms": float("nan")}))


@pytest.mark.parametrize("data", [b"", b"abc", b"\xff" * 100, b"\x02" + bytes(7) + b"{}"])
def test_unpack_says_that_other_bytes_are_no_record(data):
    with pytest.raises(schema.RecordError, match="Not a tb_explain record"):
        schema.unpack(data)


@pytest.mark.parametrize("cut", [1, 8, 40, -1])
def test_unpack_says_that_a_truncated_record_is_none(cut):
    packed = schema.pack(cam_record(arrays={"map.0": np.zeros(9, np.uint8)}))
    with pytest.raises(schema.RecordError):
        schema.unpack(packed[:cut])


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_unpack_refuses_another_version_and_says_what_to_do(version):
    packed = schema.pack(cam_record())
    text = json.dumps(version).encode().replace(b'"', b'\\"')
    changed = packed.replace(rb"\"version\":1", rb"\"version\":" + text)
    length = int.from_bytes(changed[:8], "little") + len(changed) - len(packed)
    with pytest.raises(schema.RecordError, match=r"reads 1 to 1\. Update tb-explain"):
        schema.unpack(length.to_bytes(8, "little") + changed[8:])


def test_quantise_is_off_by_half_a_count_at_most():
    values = np.random.default_rng(0).normal(size=(5, 7, 7)).astype(np.float32)
    for signed, shifted in ((True, values), (False, np.abs(values))):
        maps, scale = schema.quantise(shifted, signed=signed)
        assert maps.dtype == (np.int8 if signed else np.uint8)
        error = np.abs(schema.dequantise(maps, scale) - shifted)
        assert (error <= scale[:, None, None] * 0.5001).all()


def test_quantise_keeps_each_maps_own_peak_exactly():
    values = np.array([[1e-20, 0], [3.0, 1.5], [-1e20, 5]], np.float32)
    maps, scale = schema.quantise(values, signed=True)
    peaks = schema.dequantise(maps, scale)[np.arange(3), [0, 0, 0]]
    np.testing.assert_allclose(peaks, [1e-20, 3.0, -1e20], rtol=1e-6)


def test_quantise_gives_a_flat_zero_map_scale_zero():
    maps, scale = schema.quantise(np.zeros((2, 3, 3)), signed=False)
    assert not maps.any()
    assert not scale.any()


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_quantise_leaves_non_finite_values_as_they_are(odd):
    values = np.array([[1.0, odd], [0.25, 0.5]], np.float32)
    maps, scale = schema.quantise(values, signed=False)
    assert maps.dtype == np.float32
    np.testing.assert_array_equal(maps, values)
    np.testing.assert_array_equal(scale, [1, 1])


def test_quantise_refuses_negative_values_in_an_unsigned_map():
    with pytest.raises(ValueError, match=r"-0\.5.*signed=True"):
        schema.quantise(np.array([[0.0, -0.5]]), signed=False)


def test_quantise_takes_no_samples_and_empty_maps():
    for shape in ((0, 7, 7), (2, 0)):
        maps, scale = schema.quantise(np.zeros(shape), signed=True)
        assert maps.shape == shape
        assert scale.shape == shape[:1]


def test_dequantise_takes_maps_of_any_rank():
    maps = np.full((2, 3, 4, 5), 2, np.int8)
    values = schema.dequantise(maps, np.array([0.5, 1.0], np.float32))
    assert values.shape == maps.shape
    assert values[0].max() == 1.0
    assert values[1].max() == 2.0


def test_a_tag_is_the_monitor_and_the_kind_and_a_probe_is_shared():
    assert cam_record().tag == "gradcam/cam"
    assert cam_record(kind="probe", fields={"digest": "ab"}).tag == "probe/ab"


def test_only_the_first_value_of_a_tag_carries_metadata():
    assert schema.to_summary_value(cam_record(), first=True).HasField("metadata")
    assert not schema.to_summary_value(cam_record(), first=False).HasField("metadata")


@pytest.mark.parametrize("kind", schema.KINDS)
def test_every_kind_is_stored_under_its_plugin_name_and_data_class(kind):
    value = schema.to_summary_value(cam_record(kind=kind, fields={"digest": "ab"}), first=True)
    assert value.metadata.plugin_data.plugin_name == schema.KINDS[kind]
    blob = schema.KINDS[kind] == schema.BLOBS_PLUGIN
    assert len(value.tensor.tensor_shape.dim) == (1 if blob else 0)
    content = json.loads(value.metadata.plugin_data.content)
    assert content == {"version": schema.VERSION, "kind": kind, "monitor": "gradcam"}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_records_stay_readable(path):
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert make.expectation(schema.unpack(path.read_bytes())) == expected


@pytest.mark.parametrize("name", make.records())
def test_todays_records_are_the_golden_ones_byte_for_byte(name):
    assert schema.pack(make.records()[name]) == (make.FOLDER / f"{name}.bin").read_bytes()


def packed_with(text: str, **arrays: np.ndarray) -> bytes:
    return safetensors.numpy.save(arrays, metadata={"record": text})


HEADER = '"version":1,"kind":"cam","monitor":"m","epoch":0,"written":1'


@pytest.mark.parametrize(
    "step",
    ["1.5", "true", '"1"', "null", "NaN", "1e999", "9" * 20, "9" * 5000, "[" * 100_000],
    ids=lambda text: text[:8],
)
def test_unpack_refuses_a_step_that_is_no_number_it_can_hold(step):
    with pytest.raises(schema.RecordError):
        schema.unpack(packed_with(f'{{{HEADER},"step":{step}}}'))


def test_unpack_refuses_text_that_is_not_utf_8():
    with pytest.raises(schema.RecordError, match="surrogates"):
        schema.unpack(packed_with(f'{{{HEADER},"step":1,"a":"\\ud800"}}'))


def test_unpack_refuses_an_empty_array_of_enormous_sizes():
    empty = np.zeros((0, 2**20 + 1), np.uint8)
    with pytest.raises(schema.RecordError, match=r"'map.0' of no values declares the sizes \[0, "):
        schema.unpack(packed_with(f'{{{HEADER},"step":1}}', **{"map.0": empty}))
    schema.unpack(packed_with(f'{{{HEADER},"step":1}}', dead=np.zeros((0, 2), np.int32)))
