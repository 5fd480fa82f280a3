import threading

import pytest

from tb_explain.cache import HeldSeries, Moment, SeriesCache, StoredRecord
from tb_explain.window import EVERYTHING, Window


def series(size, stamp=0):
    return HeldSeries(stamp, (StoredRecord(0, 0.0, bytes(size)),))


def test_the_cache_returns_what_was_put_last():
    cache = SeriesCache(limit=100)
    cache.put("a", series(10, stamp=1))
    cache.put("a", series(20, stamp=2))
    assert cache.get("a").stamp == 2
    assert cache.get("b") is None


def test_the_series_used_longest_ago_goes_first():
    cache = SeriesCache(limit=100)
    for name in ("a", "b"):
        cache.put(name, series(40))
    cache.get("a")
    cache.put("c", series(40))
    assert [name for name in "abc" if cache.get(name)] == ["a", "c"]


def test_replacing_a_series_frees_its_bytes():
    cache = SeriesCache(limit=100)
    for _ in range(10):
        cache.put("a", series(60))
    cache.put("b", series(40))
    assert cache.get("a")
    assert cache.get("b")


def test_a_series_larger_than_the_limit_is_not_held():
    cache = SeriesCache(limit=100)
    cache.put("a", series(101))
    assert cache.get("a") is None


def test_threads_may_share_the_cache():
    cache = SeriesCache(limit=1000)

    def churn(seed):
        for n in range(500):
            cache.put((seed * n) % 17, series(n % 200))
            cache.get(n % 17)

    threads = [threading.Thread(target=churn, args=(seed,)) for seed in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = [found.size for key in range(17) if (found := cache.get(key))]
    assert sum(held) <= 1000


def held(*steps, of):
    records = tuple(StoredRecord(step, 1.0, b"x") for step in steps)
    return HeldSeries(0, records, tuple(Moment(n, 1.0) for n in range(of) if n not in steps))


@pytest.mark.parametrize("window", [Window(start=3, end=4), Window(most=4, room=2)])
def test_what_was_read_answers_for_every_window_within_it(window):
    found = held(0, 3, 4, 8, of=9).within(window)
    steps = window.wanted(range(9), 1)
    assert {record.step for record in found.records} == steps
    assert [moment.step for moment in found.rest] == [n for n in range(9) if n not in steps]


@pytest.mark.parametrize("window", [EVERYTHING, Window(start=4, end=5), Window(most=9)])
def test_what_was_not_read_is_not_passed_over(window):
    assert held(0, 3, 4, 8, of=9).within(window) is None


def test_without_the_newest_record_nobody_knows_how_many_there_is_room_for():
    assert held(0, 3, 4, of=9).within(Window(room=2)) is None
    assert held(0, 3, 4, of=9).within(Window(start=3, end=4)) is not None
