import random

import numpy as np
import pytest
import torch
from torch import nn

from lightning_callbacks.guard import GuardError, untouched, unwrap
from tests import toys


def state_of(net: nn.Module) -> dict:
    return {
        "tensors": {k: v.clone() for k, v in net.state_dict().items()},
        "identity": [id(p) for p in net.parameters()],
        "grads": [(p.grad, None if p.grad is None else p.grad.clone()) for p in net.parameters()],
        "flags": [p.requires_grad for p in net.parameters()],
        "training": [m.training for m in net.modules()],
        "hooks": [list(m._forward_hooks.items()) for m in net.modules()],
        "rng": (torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()),
        "modes": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
    }


def assert_same(before: dict, after: dict) -> None:
    for name, tensor in before["tensors"].items():
        assert torch.equal(
            tensor.view(torch.uint8) if tensor.dim() else tensor,
            after["tensors"][name].view(torch.uint8) if tensor.dim() else after["tensors"][name],
        )
    for (grad, values), (grad_after, values_after) in zip(
        before["grads"], after["grads"], strict=True
    ):
        assert grad is grad_after
        assert values is None or torch.equal(values, values_after)
    for name in ("identity", "flags", "training", "hooks", "modes"):
        assert before[name] == after[name], name
    assert torch.equal(before["rng"][0], after["rng"][0])
    assert before["rng"][1] == after["rng"][1]
    assert np.array_equal(before["rng"][2], after["rng"][2])


@pytest.fixture
def net() -> nn.Sequential:
    torch.manual_seed(0)
    net = toys.conv_net()
    net[1].eval()  # a frozen BatchNorm
    net[4].weight.requires_grad_(False)
    net[0].register_forward_hook(lambda *_: None)
    net[5].weight = None
    net(toys.images(4)).sum().backward()
    with torch.no_grad():
        net[0].weight[0, 0, 0, 0] = float("nan")
        net[1].bias[0] = -0.0
    return net


def vandalise(net: nn.Module) -> None:
    """Does everything to a model that a monitor must not."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1)
    net[9].weight.data = torch.zeros(2, 2)
    net[4].weight = nn.Parameter(torch.zeros(1))
    net[6] = nn.Identity()
    net.train()
    net.requires_grad_(True)
    net[0]._forward_hooks.clear()
    net[3].register_forward_hook(lambda *_: None)
    net[1].running_mean.fill_(7)
    net[1].num_batches_tracked += 3
    net[0].weight.grad = torch.zeros_like(net[0].weight)
    torch.manual_seed(1)
    random.random()
    np.random.rand()
    torch.set_grad_enabled(False)


def test_everything_is_restored_after_a_vandal(net):
    before = state_of(net)
    with untouched(net):
        vandalise(net)
    assert_same(before, state_of(net))


def test_everything_is_restored_after_an_error(net):
    before = state_of(net)
    with pytest.raises(ZeroDivisionError), untouched(net):
        vandalise(net) or 1 / 0
    assert_same(before, state_of(net))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.int8])
@pytest.mark.parametrize(("begins", "size"), [(0, 16), (0, 15), (1, 16), (1, 15)])
def test_any_bit_is_restored_wherever_and_however_long_a_tensor_is(dtype, begins, size):
    net = nn.Module()
    net.register_buffer("values", torch.zeros(20, dtype=dtype)[begins:][:size])
    for place in (0, size - 1):
        with untouched(net):
            net.values.view(torch.uint8)[place * dtype.itemsize] = 1  # the smallest change
        assert not net.values.view(torch.uint8).any(), place


def test_storage_shared_with_others_stays_shared(net):
    view = net[9].bias.data[:2]
    with untouched(net):
        net[9].bias.data = torch.ones(4)
    with torch.no_grad():
        net[9].bias.fill_(5)
    assert view.tolist() == [5, 5]


def test_inside_gradients_reach_inputs_but_not_parameters(net):
    with torch.no_grad(), torch.inference_mode(), untouched(net) as module:
        x = torch.rand(2, 1, 12, 12, requires_grad=True)
        out = module(x).sum()
        (gradient,) = torch.autograd.grad(out, [x])
        assert gradient.shape == x.shape
        assert not any(p.requires_grad for p in module.parameters())
        assert not any(m.training for m in module.modules())
    assert not torch.is_inference_mode_enabled()


def test_generators_that_modules_hold_are_restored(net):
    net.generator = torch.Generator().manual_seed(0)
    net.numpy, net.python = np.random.default_rng(0), random.Random(0)
    with untouched(net):
        torch.rand(1, generator=net.generator)
        net.numpy.random()
        net.python.random()
    assert torch.equal(net.generator.get_state(), torch.Generator().manual_seed(0).get_state())
    assert net.numpy.random() == np.random.default_rng(0).random()
    assert net.python.random() == random.Random(0).random()


def test_autocast_is_off_inside_and_on_again_outside(net):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with untouched(net) as module:
            assert module(toys.images(1)).dtype == torch.float32
        assert torch.is_autocast_enabled("cpu")


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")  # torch's own outside
@pytest.mark.parametrize("enabled", [True, False])
def test_the_fast_path_of_transformers_is_off_inside(enabled):
    net, ids = toys.PaddedEncoder(), toys.padded_ids(4)
    torch.backends.mha.set_fastpath_enabled(enabled)
    shapes = []
    try:
        with torch.no_grad():
            expected = net.eval()(ids)
        with untouched(net) as inside, torch.no_grad():
            inside.encoder.layers[0].register_forward_hook(
                lambda _m, _a, output: shapes.append(output.shape)
            )
            torch.testing.assert_close(inside(ids), expected, rtol=0, atol=1e-5)
        assert torch.backends.mha.get_fastpath_enabled() is enabled
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    assert shapes == [(4, 7, 16)]


def test_random_numbers_inside_are_the_same_each_time(net):
    draws = []
    for _ in range(2):
        with untouched(net):
            draws.append((torch.rand(1).item(), random.random(), np.random.rand()))
        torch.rand(1)
    assert draws[0] == draws[1]


def test_backward_inside_leaves_no_gradients(net):
    before = state_of(net)
    with untouched(net) as module:
        module.requires_grad_(True)
        module(toys.images(2)).sum().backward()
    assert_same(before, state_of(net))


def test_tied_weights_stay_tied():
    first = nn.Linear(3, 3)
    second = nn.Linear(3, 3)
    second.weight = first.weight
    net = nn.Sequential(first, second)
    with untouched(net):
        second.weight = nn.Parameter(torch.zeros(3, 3))
    assert first.weight is second.weight


def test_lazy_parameters_are_refused_with_advice():
    net = nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU())
    with pytest.raises(GuardError, match=r"'0\.weight' is lazy.*untrained=False"), untouched(net):
        pass


def test_wrappers_are_taken_off():
    net = toys.conv_net()
    assert unwrap(torch.compile(net, backend="eager")) is net
    assert unwrap(nn.DataParallel(net)) is net


def test_a_recurrent_net_runs_in_eval_mode_with_gradients():
    net = nn.LSTM(3, 4, batch_first=True)
    with untouched(net) as module:
        x = torch.rand(2, 5, 3, requires_grad=True)
        assert torch.autograd.grad(module(x)[0].sum(), [x])[0].any()
