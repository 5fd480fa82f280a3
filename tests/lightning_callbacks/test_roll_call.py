"""Processes that come to the same place go on together; those that don't, each for itself, soon."""

import threading
import time
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from torch import distributed
from torch.distributed import HashStore

from lightning_callbacks import roll_call
from lightning_callbacks.host import Host
from lightning_callbacks.roll_call import Progress, _Attendance, _patience

SOON = 5.0  # seconds; patience is longer, so that nobody goes on because of that
PATIENCE = 30.0


def attendances(world, patience=PATIENCE):
    store = HashStore()
    return [_Attendance(store, rank, world, patience, Progress()) for rank in range(world)]


def all_at_once(*acts):
    """Returns what each of `acts` returned, in a thread each, and after how many seconds."""
    results = [None] * len(acts)

    def run(place):
        results[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return SimpleNamespace(agreed=results, seconds=time.monotonic() - start)


def test_all_that_come_to_one_place_meet_again_and_again():
    three = attendances(3)
    for meeting in ("a", "b", "c"):
        found = all_at_once(*(partial(one.agreed, meeting) for one in three))
        assert found.agreed == [True] * 3
        assert found.seconds < SOON


def test_meetings_that_are_over_are_forgotten():
    two = attendances(2)
    for meeting in range(50):
        all_at_once(*(partial(one.agreed, str(meeting)) for one in two))
    assert two[0].store.num_keys() < 20


def test_those_at_different_places_part_at_once():
    first, second = attendances(2)
    found = all_at_once(lambda: first.agreed("end of epoch"), lambda: second.agreed("step 4"))
    assert found.agreed == [False, False]
    assert found.seconds < SOON


@pytest.mark.parametrize(
    ("waits", "goes_on"),
    [
        (Progress(1, False, 0, 2, True), Progress(1, False, 0, 2, False)),
        (Progress(1, False, 0, 2, True), Progress(1, False, 0, 1, True)),
        (Progress(1, False, 0, 3, False), Progress(1, False, 0, 2, True)),
        (Progress(1, False, 0, 2, False), Progress(1, False, 0, 3, False)),
        (Progress(1, False, 0, 2, True), Progress(1, False, 1, 0, False)),
        (Progress(1, False, 7, 2, True), Progress(1, True, 7, 2, True)),
    ],
)
def test_one_that_waits_sees_that_another_has_gone_past(waits, goes_on):
    first, second = attendances(2)
    first.say(waits)
    second.say(goes_on)
    found = all_at_once(lambda: first.agreed("record"))
    assert found.agreed == [False]
    assert found.seconds < SOON
    assert second.agreed("record") is False  # whatever it does later


@pytest.mark.parametrize(
    "behind",
    [
        Progress(),
        Progress(1, False),
        Progress(1, False, 0, 9, True),
        Progress(2, False, 1, 1, False),
        Progress(2, False, 1, 2, True),
    ],
)
def test_one_that_is_behind_is_waited_for(behind):
    first, second = attendances(2)
    first.say(Progress(2, False, 1, 2, True))
    second.say(behind)

    def comes_late():
        time.sleep(0.3)
        return second.agreed("record")

    assert all_at_once(lambda: first.agreed("record"), comes_late).agreed == [True, True]


def test_nobody_waits_longer_than_patience_says():
    first, second = attendances(2, patience=0.2)
    assert first.agreed("record") is False
    assert second.agreed("record") is False


@pytest.mark.parametrize("find", [None, lambda: None], ids=["hidden", "none"])
def test_a_group_without_a_store_meets_as_if_all_were_there(monkeypatch, find):
    monkeypatch.setattr(distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(distributed.distributed_c10d, "_get_default_store", find)
    trainer = SimpleNamespace(world_size=2)
    roll_call.training_starts(trainer)
    assert roll_call.all_come(trainer, "anywhere")


@pytest.mark.parametrize(("group", "expected"), [(6, 3), (10**6, 900)])
def test_patience_is_half_of_what_the_group_waits(group, expected):
    store = HashStore()
    store.set_timeout(timedelta(seconds=group))
    assert _patience(Host([], ""), store) == expected
