import pytest

from lightning_callbacks.schedule import Schedule


def due_steps(schedule: Schedule, until: int) -> list[int]:
    return [step for step in range(until) if schedule.due_after_step(step)]


def test_every_epoch_is_due_by_default():
    schedule = Schedule()
    assert all(schedule.due_after_epoch(epoch) for epoch in range(5))
    assert due_steps(schedule, 100) == []
    assert str(schedule) == "every epoch"


def test_every_third_epoch_is_due_at_its_end():
    schedule = Schedule(every_n_epochs=3)
    assert [e for e in range(9) if schedule.due_after_epoch(e)] == [2, 5, 8]
    assert str(schedule) == "every 3 epochs"


def test_steps_exclude_epochs():
    schedule = Schedule(every_n_train_steps=10)
    assert due_steps(schedule, 35) == [10, 20, 30]
    assert not any(schedule.due_after_epoch(epoch) for epoch in range(5))


def test_log_spaced_steps_thin_out():
    schedule = Schedule(steps_per_decade=4)
    assert due_steps(schedule, 1001) == [1, 2, 3, 6, 10, 18, 32, 56, 100, 178, 316, 562, 1000]


def test_log_spaced_steps_denser_than_whole_numbers_are_each_due_once():
    assert due_steps(Schedule(steps_per_decade=50), 12) == list(range(1, 12))


def test_widening_multiplies_the_interval():
    schedule = Schedule(every_n_train_steps=10)
    schedule.widening *= 2
    schedule.widening *= 2
    assert due_steps(schedule, 90) == [40, 80]
    assert (schedule.widening, str(schedule)) == (4, "every 40 steps")


def test_two_rhythms_are_refused():
    with pytest.raises(ValueError, match="every_n_epochs and every_n_train_steps exclude"):
        Schedule(every_n_epochs=1, every_n_train_steps=5)


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "3"])
def test_a_rhythm_that_is_no_positive_whole_number_is_refused(value):
    with pytest.raises(ValueError, match="every_n_epochs must be a whole number"):
        Schedule(every_n_epochs=value)


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [({}, 1), ({"every_n_epochs": 3}, 3), ({"every_n_train_steps": 50}, 50)],
)
def test_the_interval_of_a_steady_rhythm_is_what_was_asked_for(rhythm, expected):
    schedule = Schedule(**rhythm)
    schedule.widening = 4
    assert schedule.interval(700) == expected


def test_the_interval_of_log_spaced_records_grows_with_the_step():
    schedule = Schedule(steps_per_decade=10)
    due = [step for step in range(900, 3000) if schedule.due_after_step(step)]
    assert schedule.interval(due[0]) == pytest.approx(due[1] - due[0], abs=1)
    assert schedule.interval(1) == 1
