import numpy as np
import pytest
import torch

from lightning_callbacks.reduce import reduce_tensors
from tb_explain import histograms


def plain_counts(values, bits):
    """Counts by comparing with the bins' edges, value by value."""
    edges = histograms.bin_edges(bits)
    counts = np.zeros(len(edges), np.int64)
    zero = histograms.zero_bin(bits)
    for value in values.astype(np.float64).ravel():
        if np.isnan(value):
            found = 0
        elif value == 0:
            found = zero
        elif np.isinf(value):
            found = len(edges) - 1 if value > 0 else 1
        elif value > 0:
            found = zero + np.flatnonzero(edges[zero + 1 : -1, 0] <= value)[-1] + 1
        else:
            found = 2 + np.flatnonzero(edges[2:zero, 1] >= value)[0]
        counts[found] += 1
    return counts


def tensors(dtype):
    generator = torch.Generator().manual_seed(3)
    normal = torch.randn(500, generator=generator)
    wide = normal * 10.0 ** torch.linspace(-7, 4, 500)
    special = torch.tensor([0.0, -0.0, 1e-45, -1e-45, 2.0**-126, 1.0, -1.0, 3.0, float("inf")])
    all_special = torch.cat([special, torch.tensor([float("-inf"), float("nan"), float("nan")])])
    big = 1.0 + 1e-3 * torch.randn(3 * 2**15 + 5, generator=generator)
    parts = [normal, wide, special[:-1], all_special, torch.zeros(7), torch.empty(0, 4), big]
    return [part.to(dtype) for part in parts]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize("bits", [0, 2])
def test_statistics_equal_numpys(dtype, bits):
    given = tensors(dtype)
    reduced = reduce_tensors(given, bits)
    for row, tensor in enumerate(given):
        values = tensor.double().numpy()
        np.testing.assert_array_equal(
            reduced.counts[row], plain_counts(tensor.float().numpy(), bits)
        )
        with np.errstate(all="ignore"):
            expected = {
                "size": values.size,
                "norm": np.linalg.norm(values.ravel()),
                "mean": values.mean() if values.size else np.nan,
                "std": values.std() if values.size else np.nan,
                "magnitude": np.abs(values).max() if values.size else np.nan,
                "zeros": (values == 0).mean() if values.size else np.nan,
                "nonfinite": (~np.isfinite(values)).sum(),
            }
        for name, value in expected.items():
            np.testing.assert_allclose(getattr(reduced, name)[row], value, rtol=1e-6, err_msg=name)


def test_a_sparse_gradient_counts_what_it_leaves_out_as_zeros():
    table = torch.nn.Embedding(1000, 3, sparse=True)
    table(torch.tensor([1, 5, 5, 900])).square().sum().backward()
    sparse = reduce_tensors([table.weight.grad])
    dense = reduce_tensors([table.weight.grad.to_dense()])
    np.testing.assert_array_equal(sparse.counts, dense.counts)
    for name in ("size", "norm", "mean", "std", "smallest", "largest", "zeros"):
        np.testing.assert_allclose(getattr(sparse, name), getattr(dense, name), rtol=1e-12)


def test_a_sparse_gradient_without_values_is_all_zeros():
    nowhere = torch.zeros(1, 0, dtype=torch.long)
    values = torch.zeros(0, 4)
    empty = torch.sparse_coo_tensor(nowhere, values, (9, 4), check_invariants=True)
    reduced = reduce_tensors([empty])
    assert (reduced.size[0], reduced.zeros[0], reduced.norm[0]) == (36, 1.0, 0.0)
    assert (reduced.smallest[0], reduced.largest[0]) == (0.0, 0.0)


def test_strided_and_scalar_tensors_are_read_as_they_are():
    grid = torch.arange(12.0).reshape(3, 4)
    reduced = reduce_tensors([grid.T[::2], torch.tensor(2.5)])
    np.testing.assert_allclose(reduced.total, [grid.T[::2].sum(), 2.5])


def test_the_tensors_stay_as_they_are():
    given = tensors(torch.float32)
    before = [tensor.clone() for tensor in given]
    reduce_tensors(given, 2)
    for tensor, copy in zip(given, before, strict=True):
        assert torch.equal(tensor.view(torch.int32), copy.view(torch.int32))


@pytest.mark.parametrize("touched", [0, 1, 700])
def test_a_dense_gradient_of_an_embedding_counts_the_rows_it_leaves_out(touched):
    # Large enough that rows of zeros are looked for.
    gradient = torch.zeros(1000, 200)
    rows = torch.randperm(1000, generator=torch.Generator().manual_seed(0))[:touched]
    gradient[rows] = torch.randn(touched, 200, generator=torch.Generator().manual_seed(1))
    gradient[3, :2] = torch.tensor([float("nan"), 1e-45])
    gradient[5] = -0.0
    whole, parts = reduce_tensors([gradient], 2), reduce_tensors(list(gradient.unbind()), 2)
    np.testing.assert_array_equal(whole.counts[0], parts.counts.sum(axis=0))
    assert whole.size[0] == gradient.numel()
    finite = gradient.nan_to_num()
    reduced = reduce_tensors([finite])
    np.testing.assert_allclose(reduced.norm[0], finite.double().norm(), rtol=1e-12)
    assert (reduced.smallest[0], reduced.largest[0]) == (finite.min(), finite.max())
