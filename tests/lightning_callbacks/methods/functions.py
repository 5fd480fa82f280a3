"""Functions to be attributed, small enough for a second, plain computation."""

import itertools
import math

import torch
from torch import nn

from lightning_callbacks.function import Features, Function


def table_function(net, x, base=None, *, target=1, **options):
    """Returns the function of one output of `net` on a table, a feature per column."""
    base = torch.zeros_like(x) if base is None else base
    ids = torch.arange(x.shape[1]).unsqueeze(0)
    features = Features((ids,), torch.full((len(x),), x.shape[1]))
    return Function(
        (x,), (base,), lambda points, _rows: net(points[0])[:, target], features, **options
    )


def image_function(net, x, base=None, *, square=4, target=1, **options):
    """Returns the function of one output of `net` on images, squares as features."""
    base = torch.zeros_like(x) if base is None else base
    side = x.shape[2] // square
    rows = torch.arange(x.shape[2]) // square
    ids = (rows.unsqueeze(1) * side + rows).reshape(1, 1, *x.shape[2:])
    features = Features((ids,), torch.full((len(x),), side**2), axes=(2, 3))
    return Function(
        (x,), (base,), lambda points, _rows: net(points[0])[:, target], features, **options
    )


def shapley_values(f, x, base):
    """Returns the Shapley values of one sample, straight from the definition."""
    M = len(x)
    values = torch.zeros(M, dtype=x.dtype)
    for i in range(M):
        others = [j for j in range(M) if j != i]
        for size in range(M):
            weight = math.factorial(size) * math.factorial(M - size - 1) / math.factorial(M)
            for chosen in itertools.combinations(others, size):
                without = base.clone()
                without[list(chosen)] = x[list(chosen)]
                joined = without.clone()
                joined[i] = x[i]
                values[i] += weight * (f(joined) - f(without))
    return values


def small_net(features=6, *, seed=0):
    """Returns a network with interactions, in float64."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(features, 16), nn.Tanh(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2)
    ).double()
