"""What gives way, and how far."""

from tb_explain.exporting.fitting import intervals, thinned


def test_thinning_keeps_the_first_and_the_last_and_even_steps_between():
    assert thinned(range(10), 1) == tuple(range(10))
    assert thinned(range(10), 3) == (0, 3, 6, 9)
    assert thinned(range(10), 4) == (0, 1, 5, 9)
    assert thinned(range(10), 99) == (0, 9)
    assert thinned((), 2) == ()


def test_what_fits_stays_whole():
    assert intervals({"cam": 100}, {"cam": [10]}, 100) == {}


def test_the_heaviest_kind_gives_way_first():
    sizes = {"cam": 1000, "attribution": 100, "predictions": 50}
    counts = {"cam": [10, 10], "attribution": [10], "predictions": [10]}
    assert intervals(sizes, counts, 800) == {"cam": 2}


def test_probes_and_light_series_never_do():
    sizes = {"probe": 1000, "predictions": 1000, "cam": 10}
    counts = {"probe": [1], "predictions": [50], "cam": [5]}
    assert intervals(sizes, counts, 100) == {"cam": 4}
    assert thinned(range(5), 4) == (0, 4)


def test_of_two_records_none_can_be_left_out():
    assert intervals({"cam": 1000}, {"cam": [2, 1]}, 0) == {}
