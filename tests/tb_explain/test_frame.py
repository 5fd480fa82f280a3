from tb_explain import frame
from tb_explain.cache import StoredRecord
from tb_explain.listing import Series, Unreadable
from tb_explain.reader import Recorded
from tests import frames


def recorded(run, *blobs):
    series = Series(run, "m/cam", "tb_explain_blobs", "cam", "m", 1, 0, 0.0)
    records = tuple(StoredRecord(n, 1.5 * n, blob) for n, blob in enumerate(blobs))
    return Recorded(series, records)


def test_records_of_any_length_come_back_as_they_were():
    blobs = [b"", b"1", b"\0" * 7, b"12345678", b"123456789\0\0"]
    parsed = frames.parse(frame.build("p", [recorded("a", *blobs), recorded("b", b"xyz")]))
    assert list(parsed.records["a", "m/cam"].values()) == blobs
    assert list(parsed.records["b", "m/cam"].values()) == [b"xyz"]


def test_the_header_says_what_each_series_is():
    entry = frames.parse(frame.build("attributions", [recorded("a", b"1")])).header
    assert entry["panel"] == "attributions"
    assert entry["series"] == [
        {
            "run": "a",
            "tag": "m/cam",
            "kind": "cam",
            "monitor": "m",
            "records": [{"step": 0, "wall_time": 0.0, "offset": 0, "length": 1}],
        }
    ]


def test_names_of_any_kind_survive():
    for run in ("größe \U0001f600", "<img onerror=x>", "x" * 10_000, 'a"\\\n'):
        assert frames.parse(frame.build("p", [recorded(run)])).header["series"][0]["run"] == run


def test_what_could_not_be_read_is_named():
    header = frames.parse(frame.build("p", [Unreadable("a", "t", "why")])).header
    assert header["series"] == []
    assert header["unreadable"] == [{"run": "a", "tag": "t", "reason": "why"}]
