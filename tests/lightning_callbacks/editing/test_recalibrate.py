"""BatchNorm's statistics are those of the batches, and nothing else changes."""

import pytest
import torch
from torch import nn

from lightning_callbacks.editing.recalibrate import recalibrate_batchnorm


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3)
    )


def batches() -> list[torch.Tensor]:
    return list(torch.randn(5, 32, 4, generator=torch.Generator().manual_seed(1)) * 3 + 1)


def test_statistics_are_the_mean_of_the_batches():
    model, data = net().train(), batches()
    assert recalibrate_batchnorm(model, data) == 1
    hidden = [model[0](batch) for batch in data]
    torch.testing.assert_close(
        model[1].running_mean, torch.stack([h.mean(0) for h in hidden]).mean(0)
    )
    torch.testing.assert_close(
        model[1].running_var, torch.stack([h.var(0) for h in hidden]).mean(0)
    )


def test_weights_flags_and_momentum_stay():
    model = net()
    model[1].eval()
    before = {name: p.clone() for name, p in model.named_parameters()}
    flags = [m.training for m in model.modules()]
    recalibrate_batchnorm(model, batches())
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())
    assert [m.training for m in model.modules()] == flags
    assert model[1].momentum == 0.1


def test_a_model_without_batchnorm_needs_no_batches():
    assert recalibrate_batchnorm(nn.Linear(2, 2), iter(())) == 0


def test_without_batches_it_says_so_and_keeps_the_statistics():
    model = net()
    model[1].running_mean.fill_(7)
    with pytest.raises(ValueError, match="is empty"):
        recalibrate_batchnorm(model, [])
    assert (model[1].running_mean == 7).all()


def test_one_that_fails_half_way_keeps_its_statistics():
    model = net()
    model[1].running_mean.fill_(7)
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        recalibrate_batchnorm(model, [batches()[0], torch.randn(4, 9)])
    assert (model[1].running_mean == 7).all()


def test_one_that_is_never_called_keeps_its_statistics():
    model = net()
    model.unused = nn.BatchNorm1d(2)
    model.unused.running_mean.fill_(7)
    recalibrate_batchnorm(model, batches(), forward=lambda m, b: m[4](m[3](m[2](m[1](m[0](b))))))
    assert (model.unused.running_mean == 7).all()
    assert model[1].running_mean.abs().sum() > 0


@pytest.mark.parametrize("shape", ["tensor", "pair"])
def test_one_batch_is_taken_for_one(shape):
    x = batches()[0]
    model, other = net(), net()
    recalibrate_batchnorm(model, [(x, torch.arange(32))])
    recalibrate_batchnorm(other, x if shape == "tensor" else (x, torch.arange(32)))
    assert torch.equal(model[1].running_mean, other[1].running_mean)
    assert int(other[1].num_batches_tracked) == 1
