"""Entropy, distance and share of the first token, beside loops over rows."""

import math

import numpy as np
import pytest
import torch

from lightning_callbacks.attention.statistics import (
    HeadStatistics,
    TokenGrid,
    find_grid,
    real_tokens,
)

N, HEADS = 3, 2


def weights(T: int, lengths=None) -> torch.Tensor:
    scores = torch.randn(N, HEADS, T, T, generator=torch.Generator().manual_seed(0))
    if lengths is not None:
        padding = torch.arange(T) >= torch.tensor(lengths).unsqueeze(1)
        scores = scores.masked_fill(padding[:, None, None, :], -torch.inf)
    return scores.softmax(-1)


def plain(maps, head: int, lengths, apart) -> dict[str, float]:
    """Returns the means over samples and real tokens, row by row; `apart` is None of prefixes."""
    entropies, reaches, firsts = [], [], []
    for sample, length in enumerate(lengths):
        for i in range(length):
            row = maps[sample, head, i, :length].tolist()
            entropies.append(-sum(a * math.log(a) for a in row if a > 0))
            firsts.append(row[0])
            pairs = [(a, apart(i, j)) for j, a in enumerate(row)]
            near = [(a, d) for a, d in pairs if d is not None]
            if near:
                reaches.append(sum(a * d for a, d in near) / sum(a for a, _ in near))
    return {
        "entropy": np.mean(entropies),
        "distance": np.mean(reaches),
        "first": np.mean(firsts),
    }


def computed(maps, *, mask=None, grid=None) -> dict[str, np.ndarray]:
    statistics = HeadStatistics(mask, grid)
    for part in (slice(0, 2), slice(2, 3)):
        statistics.add("layer", maps[part], part)
    return statistics.arrays(["layer"], [HEADS])


@pytest.mark.parametrize("masked", [True, False])
def test_padding_counts_nowhere_whether_or_not_the_batch_has_a_mask(masked):
    lengths = [6, 3, 5]
    maps = weights(6, lengths)
    mask = torch.arange(6) < torch.tensor(lengths).unsqueeze(1)
    assert torch.equal(real_tokens(maps, None), mask)
    found = computed(maps, mask=mask if masked else None)
    for head in range(HEADS):
        expected = plain(maps, head, lengths, lambda i, j: abs(i - j))
        for name, value in expected.items():
            assert found[name][0, head] == pytest.approx(value, abs=1e-6)


def test_distance_in_an_image_is_that_of_the_cells_and_leaves_out_prefix_tokens():
    grid = TokenGrid(prefix=2, height=2, width=3)
    maps = weights(8)

    def apart(i, j):
        if min(i, j) < 2:
            return None
        (a, b), (c, d) = divmod(i - 2, 3), divmod(j - 2, 3)
        return math.hypot(a - c, b - d)

    found = computed(maps, grid=grid)
    for head in range(HEADS):
        expected = plain(maps, head, [8] * N, apart)
        for name, value in expected.items():
            assert found[name][0, head] == pytest.approx(value, abs=1e-6)


def test_attention_between_two_sequences_has_no_distance():
    maps = torch.rand(N, HEADS, 4, 7).softmax(-1)
    found = computed(maps)
    assert np.isnan(found["distance"]).all()
    assert found["entropy"][0, 0] == pytest.approx(
        float(torch.special.entr(maps[:, 0]).sum(-1).mean()), abs=1e-6
    )


def test_layers_of_fewer_heads_are_filled_up_with_nan():
    statistics = HeadStatistics(None, None)
    statistics.add("a", weights(4), slice(0, N))
    statistics.add("b", weights(4)[:, :1], slice(0, N))
    found = statistics.arrays(["a", "b"], [2, 1])["entropy"]
    assert found.dtype == np.float32
    assert np.isnan(found).tolist() == [[False, False], [False, True]]


@pytest.mark.parametrize(
    ("tokens", "patches", "expected"),
    [
        (17, (4, 4), TokenGrid(1, 4, 4)),
        (16, None, TokenGrid(0, 4, 4)),
        (20, (4, 4), TokenGrid(4, 4, 4)),
        (3, (4, 4), None),
    ],
)
def test_the_grid_follows_from_the_patch_embedding(tokens, patches, expected):
    assert find_grid(tokens, (1, 3, 32, 32), patches) == expected
