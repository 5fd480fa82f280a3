import numpy as np
import pytest

from tb_explain import histograms


@pytest.mark.parametrize("bits", [0, 1, 2, 7])
def test_edges_ascend_without_holes(bits):
    edges = histograms.bin_edges(bits)
    assert edges.shape == (histograms.bin_count(bits), 2)
    inner = edges[2:-1]
    np.testing.assert_array_equal(inner[1:, 0], inner[:-1, 1])
    assert (np.diff(inner[:, 0]) >= 0).all()
    assert edges[histograms.zero_bin(bits)].tolist() == [0, 0]
    assert (inner[0, 0], inner[-1, 1]) == (-(2.0**128), 2.0**128)


def test_decode_returns_what_was_encoded():
    generator = np.random.default_rng(0)
    counts = generator.integers(1, 2**60, (6, histograms.bin_count(0)))
    counts[generator.random(counts.shape) < 0.9] = 0
    counts[3] = 0
    bins, ends = histograms.encode(counts)
    assert (bins.dtype, ends.dtype) == (np.uint8, np.int32)
    np.testing.assert_array_equal(histograms.decode(bins, ends, 0), counts)


def test_small_counts_take_two_bytes_a_bin():
    counts = np.zeros(histograms.bin_count(0), np.int64)
    counts[300:340] = 100
    bins, ends = histograms.encode(counts[None])
    assert len(bins) == ends[0] == 2 * 40 + 1  # the first is more than 127 bins from the start


def test_no_layers_take_no_bytes():
    bins, ends = histograms.encode(np.zeros((0, 514), np.int64))
    assert (len(bins), len(ends)) == (0, 0)
    assert histograms.decode(bins, ends, 0).shape == (0, 514)
