"""Refitting a cut layer: what it repairs, and that the model is as before."""

import numpy as np
import pytest
import torch
from torch import nn

from lightning_callbacks.sensitivity import scan_sensitivity, with_repaired
from tests import toys


def redundant() -> nn.Sequential:
    """Returns a net whose first layer sees every number twice: half of it can be done without."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3))
    with torch.no_grad():
        net[0].weight[:, :4] = net[0].weight[:, :4].sign() * (0.2 + 0.02 * torch.rand(16, 4))
        net[0].weight[:, 4:] = 0.5 * net[0].weight[:, :4]  # the half that is cut
    return net


def test_what_is_redundant_is_repaired_and_the_rest_is_not():
    half = torch.randn(128, 4)
    net, batch = redundant(), (torch.cat([half, half], dim=1), torch.arange(128) % 3)
    found = with_repaired(net, batch, scan_sensitivity(net, batch, levels=[0.25, 0.5]), level=0.5)
    assert np.isnan(found.repaired[:, 0]).all()
    assert found.repaired[0, 1] > 0.9
    alone = nn.Sequential(nn.Linear(8, 3))  # of inputs that say nothing of one another
    apart = (torch.linalg.qr(torch.randn(128, 8))[0] * 11, torch.arange(128) % 3)
    scan = scan_sensitivity(alone, apart, levels=[0.5])
    assert abs(with_repaired(alone, apart, scan, level=0.5).repaired[0, 0]) < 0.2


def test_the_model_is_as_before_to_the_bit():
    net, batch = toys.conv_net(), (toys.images(), torch.arange(32) % 4)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    state = torch.random.get_rng_state()
    with_repaired(net, batch, scan_sensitivity(net, batch, levels=[0.8]))
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in net.parameters())
    assert torch.equal(torch.random.get_rng_state(), state)


def test_layers_that_share_weights_are_left_out():
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    net[2].weight = net[0].weight
    batch = (torch.randn(32, 4), torch.arange(32) % 2)
    found = with_repaired(net, batch, scan_sensitivity(net, batch, levels=[0.5]), level=0.5)
    assert np.isnan(found.repaired).tolist() == [[True], [False]]


def test_other_edits_and_models_are_refused():
    batch = (torch.randn(8, 8), torch.arange(8) % 3)
    bits = scan_sensitivity(redundant(), batch, kind="bits")
    with pytest.raises(ValueError, match="'unstructured' or 'n:m', not for 'bits'"):
        with_repaired(redundant(), batch, bits)
    zeros = scan_sensitivity(redundant(), batch, levels=[0.5])
    with pytest.raises(ValueError, match="of other units than the model's"):
        with_repaired(nn.Sequential(nn.Linear(8, 3)), batch, zeros)
