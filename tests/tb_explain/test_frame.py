from dataclasses import replace

from tb_explain import frame
from tb_explain.cache import Moment, StoredRecord
from tb_explain.listing import Series, Unreadable
from tb_explain.reader import Recorded
from tests import frames


def recorded(run, *blobs):
    series = Series(run, "m/cam", "tb_explain_blobs", "cam", "m", 1, 0, 0.0, ())
    records = tuple(StoredRecord(n, 1.5 * n, blob) for n, blob in enumerate(blobs))
    return Recorded(series, records)


def parsed(*found, panel="attributions"):
    return frames.parse(b"".join(frame.build(panel, found)))


def test_records_of_any_length_come_back_as_they_were():
    blobs = [b"", b"1", b"\0" * 7, b"12345678", b"123456789\0\0"]
    records = parsed(recorded("a", *blobs), recorded("b", b"xyz")).records
    assert list(records["a", "m/cam"].values()) == blobs
    assert list(records["b", "m/cam"].values()) == [b"xyz"]


def test_records_that_were_not_asked_for_are_listed_without_a_place():
    found = recorded("a", b"1", b"2")
    found = replace(found, rest=(Moment(-1, 0.5), Moment(7, 9.0)))
    frame = parsed(found)
    listed = frame.header["series"][0]["records"]
    assert [record["step"] for record in listed] == [-1, 0, 1, 7]
    assert listed[3] == {"step": 7, "wall_time": 9.0}
    assert frame.records["a", "m/cam"] == {0: b"1", 1: b"2"}


def test_records_are_not_copied():
    blob = b"12345678"
    assert any(part is blob for part in frame.build("p", [recorded("a", blob)]))


def test_the_header_says_what_each_series_is():
    header = parsed(recorded("a", b"1")).header
    assert header["panel"] == "attributions"
    assert header["series"] == [
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
        assert parsed(recorded(run)).header["series"][0]["run"] == run


def test_what_could_not_be_read_is_named():
    header = parsed(Unreadable("a", "t", "why")).header
    assert header["series"] == []
    assert header["unreadable"] == [{"run": "a", "tag": "t", "reason": "why"}]
