from dataclasses import dataclass

import pytest

from tb_explain import schema
from tb_explain.attempts import Attempt, limits, standing
from tb_explain.reader import Reader, Scope
from tb_explain.reading.log import Log, LoggedRun, LoggedTag, Value
from tb_explain.reading.provider import LogProvider


@dataclass(frozen=True)
class Seen:
    step: int
    by: str


def seen(steps, by):
    return [Seen(step, by) for step in steps]


def test_what_a_later_attempt_began_before_is_left_out():
    counts = limits([Attempt(), Attempt(1, 4), Attempt(2, 7)])
    parts = [
        (counts[0], seen(range(7), "a")),
        (counts[1], seen(range(5, 10), "b")),
        (counts[2], seen(range(8, 12), "c")),
    ]
    found = standing(parts)
    assert [record.step for record in found] == list(range(12))
    assert "".join(record.by for record in found) == "aaaaabbbcccc"


def test_an_attempt_that_went_back_further_takes_back_two():
    counts = limits([Attempt(), Attempt(1, 6), Attempt(2, 3)])
    assert counts == {0: 3, 1: 3, 2: float("inf")}


def test_a_checkpoint_that_was_validated_takes_nothing_back():
    counts = limits([Attempt(), Attempt(1, None)])
    found = standing([(counts[0], seen(range(6), "a")), (counts[1], seen([2], "b"))])
    assert "".join(record.by for record in found) == "aabaaa"


@pytest.mark.parametrize("number", [0, 1, 12])
def test_a_tag_is_that_of_the_series_and_the_attempt(number):
    attempt = Attempt(number, 4)
    tag = attempt.tag("gradcam/cam")
    assert tag == ("gradcam/cam" if number == 0 else f"gradcam/cam~{number}")
    assert attempt.series(tag) == "gradcam/cam"
    if number:
        assert Attempt.of(attempt.content()) == attempt


@pytest.mark.parametrize(
    "content",
    [{"attempt": "1"}, {"attempt": -1}, {"attempt": True}, {"attempt": 1, "since": "x" * 99}],
)
def test_metadata_that_make_no_sense_are_refused(content):
    with pytest.raises(ValueError, match=r"Its attempt is .{1,20}, since step .{1,20}; expected"):
        Attempt.of(content)


def test_a_tag_that_does_not_say_its_attempt_is_refused():
    with pytest.raises(ValueError, match="does not end in '~2'"):
        Attempt(2).series("gradcam/cam~1")


def record(step, attempt):
    value = schema.to_summary_value(
        schema.Record("cam", "gradcam", step, step, step, {"by": attempt.number}),
        first=True,
        attempt=attempt,
    )
    return value.tag, value.metadata.plugin_data, value.tensor.string_val[0]


def read(*attempts):
    """Returns the one series that holds what attempts recorded at some steps."""
    run = LoggedRun("run")
    for attempt, steps in attempts:
        for step in steps:
            tag, plugin, data = record(step, attempt)
            logged = run.tags.setdefault(tag, LoggedTag(plugin.plugin_name, plugin.content))
            logged.values.append(Value(step, 1e9 + attempt.number, (data,)))
    reader, scope = Reader(LogProvider(Log("logs", {"run": run}))), Scope(None, "")
    (series,) = reader.index(scope).series
    (found,) = reader.read(scope, [series])
    by = [schema.unpack(bytes(stored.data)).fields["by"] for stored in found.records]
    return series, [stored.step for stored in found.records], by


def test_a_reader_hands_out_one_series_of_all_attempts():
    series, steps, by = read((Attempt(), range(4)), (Attempt(1, 1), range(2, 6)))
    assert (series.tag, series.last_step) == ("gradcam/cam", 5)
    assert (steps, by) == ([0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 1, 1])


def test_what_is_taken_back_is_not_the_last_step():
    series, steps, _ = read((Attempt(), range(10)), (Attempt(1, 1), [2]))
    assert (series.last_step, steps) == (2, [0, 1, 2])
