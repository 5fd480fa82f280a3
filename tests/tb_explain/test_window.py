import pytest

from tb_explain.window import EVERYTHING, WHOLE, Window, level


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 16, 17, 100, 1000])
@pytest.mark.parametrize("most", [2, 3, 5, 16, 64])
def test_a_level_has_the_first_and_the_newest_and_at_most_as_many_as_asked(count, most):
    steps = [50 * n for n in range(count)]
    found = level(steps, most)
    assert len(found) <= most
    assert found == sorted(set(found))
    assert set(found) <= set(steps)
    assert found[:1] == steps[:1]
    assert found[-1:] == steps[-1:]


@pytest.mark.parametrize("period", [2, 4, 8, 16, 50])
def test_of_what_comes_around_every_so_often_all_is_seen(period):
    found = level(range(5000), 1280)
    counts = [sum(index % period == phase for index in found) for phase in range(period)]
    assert min(counts) >= 0.5 * len(found) / period


@pytest.mark.parametrize("count", [10, 40])
def test_what_fits_comes_whole(count):
    assert level(range(count), 40) == list(range(count))


def test_a_level_is_as_detailed_as_fits_but_for_a_factor_of_two():
    assert all(len(level(range(count), 64)) >= 32 for count in range(64, 2000))


def test_a_level_keeps_what_it_had_while_the_series_grows():
    before = level(range(0), 16)
    for count in range(1, 500):
        after = level(range(count), 16)
        # Of the newest records one may still give way to another; at times there are half as many.
        assert set(before[:-2]) <= set(after) or set(after[:-2]) <= set(before)
        before = after


def test_large_records_are_fewer_but_never_less_than_the_first_and_the_newest():
    steps = list(range(100))
    assert len(Window(most=64, room=1000).wanted(steps, size=10)) == 51
    assert len(Window(most=64, room=1000).wanted(steps, size=100)) == 8
    assert Window(most=64, room=1000).wanted(steps, size=10**9) == {0, 99}
    assert Window(room=1000).wanted(steps, size=10) == set(steps)


def test_a_range_is_whole_and_is_added_to_a_level():
    steps = list(range(0, 1000, 10))
    assert Window(start=95, end=130).wanted(steps, 1) == {100, 110, 120, 130}
    assert Window(start=970).wanted(steps, 1) == {970, 980, 990}
    assert Window(end=10).wanted(steps, 1) == {0, 10}
    assert Window(most=2, start=95, end=110).wanted(steps, 1) == {0, 100, 110, 990}


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_a_level_leaves_out_nothing_of_what_is_written_once(kind):
    assert Window(most=2).of(kind) == EVERYTHING
    assert Window(most=2, start=5).of(kind) == EVERYTHING
    assert Window(start=5).of(kind) == Window(start=5)


def test_nothing_asked_for_is_everything():
    assert EVERYTHING.wanted([1, 2, 3], 1) == {1, 2, 3}
    assert Window(most=4).of("cam") == Window(most=4)


@pytest.mark.parametrize("size", [1, 100, 2000])
def test_what_a_level_adds_to_a_coarser_one_makes_it_whole(size):
    steps = [10 * n for n in range(1001)]
    coarse = Window(most=16, room=2500).wanted(steps, size)
    added = Window(most=64, room=10_000, beyond=4).wanted(steps, size)
    assert not coarse & added
    assert coarse | added == Window(most=64, room=10_000).wanted(steps, size)


def test_what_is_written_once_is_not_sent_twice_but_what_may_have_grown_is():
    finer = Window(most=64, beyond=4)
    steps = [0, 10, 2**62]
    assert finer.of("probe").wanted(steps, 1) == set()
    assert finer.of("alerts").wanted(steps, 1) == set(steps)
    assert finer.of("cam") == finer
