import pytest

from lightning_callbacks import overhead
from lightning_callbacks.overhead import Stopwatch


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(overhead.time, "perf_counter", lambda: now[0])
    return now


def test_the_overhead_is_own_time_over_the_rest(clock):
    watch = Stopwatch(0.05)
    assert watch.overhead is None
    clock[0] = 110.0
    watch.add(10.0)
    assert watch.overhead == pytest.approx(0.1)
    assert watch.excess() == "recording took 10.0% of the training time (limit 5.0%)"


def test_the_first_seconds_are_free(clock):
    watch = Stopwatch(0.05)
    clock[0] = 10.0
    watch.add(9.0)
    assert watch.excess() is None


def test_what_is_recorded_before_training_is_not_held_against_it(clock):
    watch = Stopwatch(0.05)
    clock[0] = 30.01
    watch.add(30.0)
    assert watch.excess() is None
    clock[0] = 45.0
    assert watch.excess() == "recording took 200.0% of the training time (limit 5.0%)"


def test_no_limit_is_never_exceeded(clock):
    watch = Stopwatch(None)
    clock[0] = 30.0
    watch.add(20.0)
    assert watch.excess() is None


@pytest.mark.parametrize("limit", [0, -0.1, float("nan")])
def test_a_limit_that_is_no_positive_fraction_is_refused(limit):
    with pytest.raises(ValueError, match="max_overhead"):
        Stopwatch(limit)
