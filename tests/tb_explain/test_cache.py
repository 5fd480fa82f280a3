import threading

from tb_explain.cache import HeldSeries, SeriesCache, StoredRecord, newest_per_step


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


def test_the_newest_record_of_a_step_counts_and_steps_ascend():
    records = [
        StoredRecord(3, 1.0, b"3"),
        StoredRecord(1, 5.0, b"new"),
        StoredRecord(1, 2.0, b"old"),
        StoredRecord(3, 1.0, b"3 again"),
    ]
    assert [record.data for record in newest_per_step(records)] == [b"new", b"3 again"]
