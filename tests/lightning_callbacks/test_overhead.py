import random

import pytest

from lightning_callbacks import overhead
from lightning_callbacks.overhead import SharedBudget, Stopwatch
from lightning_callbacks.schedule import Schedule


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


class Monitored:
    """A monitor of a set: some seconds per record, three times as many for the first one."""

    def __init__(self, clock, budget, seconds, **rhythm):
        self.clock, self.seconds, self.schedule = clock, seconds, Schedule(**rhythm)
        self.watch = budget.stopwatch(self.schedule)
        self.recorded = []
        self.noise = lambda: 1.0

    def record(self, step, epoch, times=1):
        seconds = times * self.seconds * self.noise()
        self.clock[0] += seconds
        self.watch.add(seconds)
        self.recorded.append(epoch if self.schedule.counts_epochs else step)
        return self.watch.hold(self.schedule, step, epoch)


def train(clock, monitors, epochs, seconds=100.0, steps=50, begun=0):
    """Trains, in which monitors record when they are due; returns what they say."""
    said = []
    for monitor in monitors:
        monitor.watch.begin(monitor.schedule, begun * steps, begun)
        if not begun:
            said.append(monitor.record(0, -1, times=3))
    for step in range(begun * steps + 1, (begun + epochs) * steps + 1):
        clock[0] += seconds / steps
        epoch, within = divmod(step - 1, steps)
        for monitor in monitors:
            ends = within == steps - 1 and monitor.schedule.due_after_epoch(epoch)
            if ends or monitor.schedule.due_after_step(step):
                said.append(monitor.record(step, epoch))
    return [text for text in said if text]


def own_share(clock, monitors):
    own = sum(monitor.watch.own for monitor in monitors)
    return own / (clock[0] - own)


def test_a_set_keeps_its_limit_together_by_widening_the_costliest(clock):
    budget = SharedBudget(0.02)
    cheap, dear = (Monitored(clock, budget, seconds) for seconds in (0.5, 5.0))
    said = train(clock, [cheap, dear], 64)
    assert cheap.schedule.widening == 1
    assert said[0] == (
        "by step 50 all monitors together had taken 22.0% of the training time (limit 2.0%), this "
        "one 20.0%"
    )
    assert own_share(clock, [cheap, dear]) < 0.02


@pytest.mark.parametrize("cost", [0.3, 1.0, 3.0, 10.0])
def test_what_the_first_records_took_is_paid_off(clock, cost):
    budget = SharedBudget(0.02)
    monitors = [Monitored(clock, budget, part * cost) for part in (0.1, 0.3, 1.0)]
    train(clock, monitors, 100)
    first = sum(4 * monitor.seconds for monitor in monitors) / 10000
    assert own_share(clock, monitors) < max(0.02, first + 0.01)
    # As long as it is in debt it takes less, and then as much as it may.
    assert own_share(clock, monitors) > min(0.008, 0.9 * cost * 1.4 / 100)


def test_a_set_records_more_often_once_it_is_out_of_debt(clock):
    dear = Monitored(clock, SharedBudget(0.02), 3.0)
    said = train(clock, [dear], 64)
    assert dear.recorded[:4] == [-1, 0, 7, 11]
    assert dear.schedule.widening == 2
    assert said[-1].endswith(", which leaves some")


def test_a_monitor_that_records_once_does_not_keep_the_others_thin(clock):
    budget = SharedBudget(0.02)
    once, dear = Monitored(clock, budget, 1.0), Monitored(clock, budget, 3.0)
    once.watch.begin(once.schedule, 0, 0)
    once.record(0, -1)
    train(clock, [dear], 64)
    assert dear.schedule.widening == 2


def test_nothing_is_narrowed_until_all_monitors_are_timed(clock):
    budget = SharedBudget(0.02)
    dear, later = Monitored(clock, budget, 3.0), Monitored(clock, budget, 3.0, every_n_epochs=30)
    train(clock, [dear, later], 64)
    assert dear.recorded[:8] == [-1, 0, 7, 15, 23, 31, 35, 39]
    assert later.recorded == [-1, 29, 59]


def test_a_settled_set_does_not_swing(clock):
    def changes(epochs, cost):
        budget, chance = SharedBudget(0.02), random.Random(0)
        monitors = [Monitored(clock, budget, part * cost) for part in (0.1, 0.3, 1.0)]
        for monitor in monitors:
            monitor.noise = lambda: chance.uniform(0.9, 1.1)
        return train(clock, monitors, epochs)

    for cost in (1.5, 2.0, 3.0, 5.0):
        assert changes(400, cost) == changes(100, cost) != []


def test_one_slow_record_does_not_thin_those_that_follow(clock):
    monitor = Monitored(clock, SharedBudget(0.02), 1.0)
    train(clock, [monitor], 20)
    clock[0] += 100
    assert monitor.record(21 * 50, 20, times=30) is None


@pytest.mark.parametrize("rhythm", [{"every_n_train_steps": 5}, {"steps_per_decade": 10}])
def test_monitors_of_steps_keep_to_the_limit_too(clock, rhythm):
    monitor = Monitored(clock, SharedBudget(0.02), 2.0, **rhythm)
    train(clock, [monitor], 40)
    assert monitor.schedule.widening > 1
    assert own_share(clock, [monitor]) < 0.02


@pytest.mark.parametrize(("limit", "expected"), [(0.02, 2), (0.5, 1), (None, 1)])
def test_a_resumed_set_is_judged_anew_since_its_limit_may_be_another(clock, limit, expected):
    dear = Monitored(clock, SharedBudget(limit), 3.0)
    dear.schedule.widening = 256
    train(clock, [dear], 20, begun=1000)
    assert dear.schedule.widening == expected


def test_a_monitor_without_a_limit_forgets_that_it_had_one(clock):
    schedule = Schedule()
    schedule.widening = 8
    Stopwatch(0.05).begin(schedule, 0, 0)
    assert schedule.widening == 8
    Stopwatch(None).begin(schedule, 0, 0)
    assert schedule.widening == 1


def test_a_set_within_its_limit_records_all(clock):
    budget = SharedBudget(0.02)
    assert train(clock, [Monitored(clock, budget, cost) for cost in (0.5, 1.0, 0.4)], 20) == []


def test_a_short_run_of_a_set_is_not_thinned(clock):
    budget = SharedBudget(0.02)
    assert train(clock, [Monitored(clock, budget, 0.05)], 10, seconds=0.1) == []


def test_a_set_without_a_limit_records_all(clock):
    assert train(clock, [Monitored(clock, SharedBudget(None), 50.0)], 5) == []


def test_without_a_training_a_set_records_all(clock):
    monitor = Monitored(clock, SharedBudget(0.02), 50.0)
    assert [monitor.record(step, step) for step in range(5)] == [None] * 5


def test_a_beginning_forgets_what_was_before_training(clock):
    budget = SharedBudget(0.02)
    monitor = Monitored(clock, budget, 50.0)
    monitor.record(0, -1)
    monitor.watch.begin(monitor.schedule, 0, 0)
    assert (budget.own, monitor.watch.seconds) == (0.0, 0.0)


@pytest.mark.parametrize("limit", [0, -0.1, float("nan")])
def test_a_set_refuses_a_limit_that_is_no_positive_fraction(limit):
    with pytest.raises(ValueError, match="max_overhead"):
        SharedBudget(limit)
