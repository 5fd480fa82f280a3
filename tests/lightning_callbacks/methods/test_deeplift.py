"""What DeepLIFT asks of its caller, and what it leaves alone."""

from __future__ import annotations

import captum.attr
import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from lightning_callbacks.methods.deeplift import DeepLiftError, deeplift
from tests import toys
from tests.architectures import build


def points(*shape: int, count: int = 2, seed: int = 0) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, *shape, dtype=torch.float64, generator=generator).unbind()


def relu_net() -> nn.Module:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.AvgPool2d(2)]
    layers += [nn.Conv2d(6, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 16), nn.Tanh()]
    network = nn.Sequential(*layers, nn.Linear(16, 4)).double().eval()
    network[1].running_var.uniform_(0.5, 1.5)
    return network


@pytest.mark.filterwarnings("ignore:Input Tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:Setting forward:UserWarning")
def test_it_equals_captum_where_captum_is_right():
    network = relu_net()
    x, x0 = points(5, 3, 16, 16)
    theirs = captum.attr.DeepLift(network).attribute(x, x0, target=2).detach()
    ours = deeplift(lambda x: network(x)[:, 2], (x,), (x0,)).contributions[0]
    assert torch.allclose(ours, theirs, rtol=0, atol=1e-6 * float(theirs.abs().max()))


def test_a_plain_second_writing_of_the_paper_gives_the_same():
    """Rescale multipliers, layer by layer from the top: m_below = W^T (m_above * Dy / Dx)."""
    first, second = points(8, 6)[0], points(8, 1, seed=1)[0]
    x, x0 = points(4, 6, seed=2)
    h, h0 = x @ first.T, x0 @ first.T
    multiplier = ((h.tanh() - h0.tanh()) / (h - h0) * second.T) @ first
    found = deeplift(lambda x: ((x @ first.T).tanh() @ second).squeeze(1), (x,), (x0,))
    assert torch.allclose(found.contributions[0], multiplier * (x - x0))


def test_several_inputs_share_the_difference():
    x, y, x0, y0 = points(4, 6, count=4)
    found = deeplift(lambda a, b: (a.tanh() * b[:, :6].exp()).sum(1), (x, y), (x0, y0))
    total = sum(part.sum(1) for part in found.contributions)
    assert torch.allclose(total, found.output - found.base)


def test_an_input_that_is_not_used_contributes_nothing():
    x, y, x0, y0 = points(4, 6, count=4)
    found = deeplift(lambda a, _: a.exp().sum(1), (x, y), (x0, y0))
    assert torch.equal(found.contributions[1], torch.zeros_like(y))
    constant = deeplift(lambda a: torch.ones(4), (x,), (x0,))
    assert torch.equal(constant.contributions[0], torch.zeros_like(x))


def test_what_does_not_depend_on_the_inputs_is_constant():
    """Positions, embeddings and re-parametrised weights take no part, whatever computes them."""
    torch.manual_seed(0)
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(6, 6)).double()
    table = nn.Embedding(6, 6).double()

    def forward(x: Tensor) -> Tensor:
        return (layer(x) + table(torch.arange(4)).prod(0)).sigmoid().sum(1)

    x, x0 = points(4, 6)
    found = deeplift(forward, (x,), (x0,))
    assert found.without_rule == ()
    assert torch.allclose(found.contributions[0].sum(1), found.output - found.base)


def test_recorded_values_survive_what_the_model_overwrites():
    def forward(x: Tensor) -> Tensor:
        x *= 2
        y = x.relu()
        x.mul_(3).add_(y)
        z = nn.functional.gelu(y + 0.1 * x)
        z.mul_(2)
        z += x
        return z.tanh().sum(1)

    x, x0 = points(4, 6)
    before = x.clone(), x0.clone()
    found = deeplift(forward, (x,), (x0,))
    assert torch.allclose(found.contributions[0].sum(1), found.output - found.base)
    assert torch.equal(x, before[0])
    assert torch.equal(x0, before[1])


def test_checkpointed_blocks_are_explained():
    torch.manual_seed(0)
    block = nn.Sequential(nn.Linear(6, 6), nn.GELU(), nn.Linear(6, 1)).double()
    x, x0 = points(4, 6)
    found = deeplift(lambda x: checkpoint(block, x, use_reentrant=False)[:, 0], (x,), (x0,))
    plain = deeplift(lambda x: block(x)[:, 0], (x,), (x0,))
    assert torch.allclose(found.contributions[0], plain.contributions[0])


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (
            lambda x: x.relu() if x.sum() > 0 else x.tanh(),
            r"ran relu\(\[2, 3\], \[2, 3\]\) for the in",
        ),
        (lambda x: x.exp() if x.sum() > 0 else x, "ran exp.* where it had run nothing more"),
        (lambda x: x.exp() if x.sum() < 0 else x, "ran nothing more .* where it had run exp"),
        (lambda x: 2 * x if x.sum() < 0 else x, "ran nothing more .* where it had run mul"),
        (lambda x: x if x.sum() < 0 else 2 * x, "ran mul .* where it had run nothing more"),
        (lambda x: x[:, : 2 + int(x.sum() > 0)].exp(), "control flow independent of the data"),
    ],
)
def test_another_way_through_the_model_is_an_error(forward, words):
    x, x0 = torch.ones(2, 3), -torch.ones(2, 3)
    with pytest.raises(DeepLiftError, match=words):
        deeplift(lambda x: forward(x).sum(1), (x,), (x0,))


@pytest.mark.parametrize(
    ("inputs", "baselines", "words"),
    [
        ((), (), "Got 0 inputs and 0 baselines"),
        ((torch.ones(2, 3),), (), "Got 1 inputs and 0 baselines"),
        ((torch.ones(2, 3),), (torch.ones(1, 3),), r"\[2, 3\] on cpu, its baseline"),
        ((torch.ones(2, 3),), (torch.ones(2, 3).double(),), "torch.float64"),
        ((torch.ones(2, 3).long(),), (torch.ones(2, 3).long(),), "attribute the output of the em"),
    ],
)
def test_points_that_do_not_match_are_an_error(inputs, baselines, words):
    with pytest.raises(DeepLiftError, match=words):
        deeplift(lambda x: x.sum(1), inputs, baselines)


@pytest.mark.parametrize("forward", [lambda x: x, lambda x: x.sum(), lambda x: None])
def test_a_forward_that_does_not_return_one_value_per_sample_is_an_error(forward):
    with pytest.raises(DeepLiftError, match=r"forward returned .* Expect \[2\], one value per"):
        deeplift(forward, (torch.ones(2, 3),), (torch.zeros(2, 3),))


def test_an_output_that_autograd_can_not_follow_is_an_error():
    x, x0 = points(2, 3)
    with pytest.raises(DeepLiftError, match="autograd sees no way between them"):
        deeplift(lambda x: x.detach().sum(1), (x,), (x0,))


def test_a_model_that_takes_gradients_itself_is_an_error():
    def forward(x: Tensor) -> Tensor:
        return torch.autograd.grad(x.exp().sum(), x, create_graph=True)[0].sum(1)

    with pytest.raises(DeepLiftError, match="takes gradients in its own forward pass"):
        deeplift(forward, points(2, 3)[:1], points(2, 3)[1:])


@pytest.mark.parametrize("guard", [torch.no_grad, torch.inference_mode])
def test_it_works_where_gradients_are_off(guard):
    x, x0 = points(2, 3)
    with guard():
        found = deeplift(lambda x: x.exp().sum(1), (x,), (x0,))
    assert torch.allclose(found.contributions[0], x.exp() - x0.exp())
    assert not found.output.requires_grad
    assert not found.contributions[0].requires_grad


def test_it_leaves_the_model_the_generators_and_torch_as_they_were():
    network = build("efficientnet")
    (x,) = points(2, 3, 32, 32, count=1)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    random = torch.get_rng_state()
    backends = torch.backends.cuda.flash_sdp_enabled(), torch.backends.cuda.math_sdp_enabled()
    deeplift(lambda x: network(x)[:, 0], (x,), (x * 0,))
    assert all(torch.equal(before[name], t) for name, t in network.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert backends == (
        torch.backends.cuda.flash_sdp_enabled(),
        torch.backends.cuda.math_sdp_enabled(),
    )
    assert all(p.requires_grad and p.grad is None for p in network.parameters())
    assert not any(m._forward_hooks or m._backward_hooks for m in network.modules())
    assert torch.overrides._get_current_function_mode() is None


def test_hooks_of_the_model_go_on_working():
    network, seen = toys.conv_net(3).eval(), []
    handle = network[2].register_full_backward_hook(lambda *_: seen.append("backward"))
    network[2].register_forward_hook(lambda *_: seen.append("forward"))
    x, x0 = (point.float() for point in points(2, 3, 8, 8))
    network[2].inplace = False
    found = deeplift(lambda x: network(x)[:, 0], (x,), (x0,))
    assert seen == ["forward", "forward", "backward"]
    handle.remove()
    assert found.without_rule == ()
    assert torch.allclose(found.contributions[0].sum((1, 2, 3)), found.output - found.base)


def test_frozen_parameters_change_nothing():
    network = build("swin")
    x, x0 = points(2, 3, 32, 32)
    trained = deeplift(lambda x: network(x)[:, 0], (x,), (x0,)).contributions[0]
    frozen = deeplift(lambda x: network.requires_grad_(False)(x)[:, 0], (x,), (x0,))
    assert torch.equal(trained, frozen.contributions[0])
    assert frozen.without_rule == ()


def test_operators_that_mix_precisions_are_explained():
    x, x0 = points(4, 6)
    found = deeplift(lambda x: (x.float().sigmoid() * x / x.float().exp()).sum(1), (x,), (x0,))
    assert torch.allclose(found.contributions[0].sum(1), found.output - found.base, rtol=1e-5)
    assert found.contributions[0].dtype == torch.float64


def test_autocast_costs_precision_only():
    network = build("vit").float()
    x, x0 = (point.float() for point in points(3, 3, 32, 32))
    full = deeplift(lambda x: network(x)[:, 0], (x,), (x0,)).contributions[0]
    with torch.autocast("cpu", torch.bfloat16):
        half = deeplift(lambda x: network(x)[:, 0].float(), (x,), (x0,)).contributions[0]
    assert half.dtype == torch.float32
    assert float(torch.corrcoef(torch.stack([full.flatten(), half.flatten()]))[0, 1]) > 0.95


@pytest.mark.parametrize("need_weights", [True, False])
def test_torchs_multihead_attention_is_explained_either_way(need_weights):
    torch.manual_seed(0)
    layer = nn.MultiheadAttention(8, 2, batch_first=True).double().eval()
    padding = torch.zeros(3, 5, dtype=torch.bool)
    padding[0, 3:] = True

    def forward(x: Tensor) -> Tensor:
        mixed, _ = layer(x, x, x, key_padding_mask=padding, need_weights=need_weights)
        return mixed[:, 0].exp().sum(1)

    x, x0 = points(3, 5, 8)
    found = deeplift(forward, (x,), (x0,))
    assert found.without_rule == ()
    assert torch.allclose(found.contributions[0].sum((1, 2)), found.output - found.base)
    assert torch.equal(found.contributions[0][0, 3:], torch.zeros(2, 8, dtype=torch.float64))
