"""Class activation maps against a plain second writing of the papers, closed forms and Captum."""

import itertools

import pytest
import torch
from captum.attr import LayerGradCam, LayerGradientXActivation
from torch import Tensor, nn

from lightning_callbacks import CAM_METHODS, METHODS, attribute
from tests import toys


def plain_gradcam(A: Tensor, g: Tensor) -> Tensor:
    K, h, w = A.shape
    total = torch.zeros(h, w, dtype=A.dtype)
    for k in range(K):
        total += sum(g[k, i, j] for i, j in cells(h, w)) / (h * w) * A[k]
    return total


def plain_gradcam_plus_plus(A: Tensor, g: Tensor) -> Tensor:
    K, h, w = A.shape
    total = torch.zeros(h, w, dtype=A.dtype)
    for k in range(K):
        weight = 0.0
        for i, j in cells(h, w):
            denominator = 2 * g[k, i, j] ** 2 + A[k].sum() * g[k, i, j] ** 3
            alpha = g[k, i, j] ** 2 / denominator if denominator != 0 else 0
            weight += alpha * max(g[k, i, j], 0)
        total += weight * A[k]
    return total


def plain_hirescam(A: Tensor, g: Tensor) -> Tensor:
    return torch.stack([A[k] * g[k] for k in range(len(A))]).sum(0)


def plain_layercam(A: Tensor, g: Tensor) -> Tensor:
    return torch.stack([A[k] * g[k].clamp(min=0) for k in range(len(A))]).sum(0)


def plain_xgradcam(A: Tensor, g: Tensor) -> Tensor:
    K, h, w = A.shape
    total = torch.zeros(h, w, dtype=A.dtype)
    for k in range(K):
        if A[k].sum() != 0:
            weight = sum(A[k, i, j] / A[k].sum() * g[k, i, j] for i, j in cells(h, w))
            total += weight * A[k]
    return total


def cells(h: int, w: int):
    return itertools.product(range(h), range(w))


PLAIN = {
    "gradcam": plain_gradcam,
    "gradcam++": plain_gradcam_plus_plus,
    "hirescam": plain_hirescam,
    "layercam": plain_layercam,
    "xgradcam": plain_xgradcam,
}


def activations_and_gradients(net, layer, x, target):
    """Returns A and g [N, K, h, w] by splitting a Sequential by hand."""
    layers = list(net.children())
    at = layers.index(layer) + 1
    A = nn.Sequential(*layers[:at])(x).clone().detach().requires_grad_()
    net.requires_grad_(False)
    tail = nn.Sequential(*layers[at:])(A.clone())
    (g,) = torch.autograd.grad(tail[:, target].sum(), [A])
    net.requires_grad_(True)
    return A.detach(), g


@pytest.fixture
def net() -> nn.Sequential:
    torch.manual_seed(3)
    return toys.conv_net().double().eval()


@pytest.fixture
def x() -> Tensor:
    return toys.images(5).double()


def test_a_plain_writing_exists_for_every_method():
    assert set(PLAIN) == set(CAM_METHODS)


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("layer", [0, 4, 5])
def test_maps_equal_a_plain_second_writing(net, x, method, layer):
    A, g = activations_and_gradients(net, net[layer], x, target=2)
    expected = torch.stack([PLAIN[method](a, b) for a, b in zip(A, g, strict=True)])
    found = attribute(net, x, method=method, layer=str(layer), target=2, relu=False)
    assert torch.allclose(
        found.values.double(), expected, rtol=1e-5, atol=1e-6 * expected.abs().max()
    )


@pytest.mark.parametrize("method", PLAIN)
def test_the_relu_is_the_papers(net, x, method):
    raw = attribute(net, x, method=method, relu=False)
    found = attribute(net, x, method=method)
    relu = method != "hirescam"
    assert found.signed is not relu
    assert torch.equal(found.values, raw.values.relu() if relu else raw.values)


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("layer", [0, 2, 4, 5])
def test_gradcam_equals_captum(x, layer, relu):
    torch.manual_seed(4)
    net = toys.conv_net().eval()
    x = x.float()
    found = attribute(net, x, layer=str(layer), target=1, relu=relu)
    captum = LayerGradCam(net, net[layer]).attribute(x, target=1, relu_attributions=relu)[:, 0]
    assert (found.values - captum).abs().max() <= 1e-6 * captum.abs().max()


def test_hirescam_equals_captums_gradient_times_activation(x):
    torch.manual_seed(4)
    net = toys.conv_net().eval()
    captum = LayerGradientXActivation(net, net[4]).attribute(x.float(), target=1).sum(1)
    found = attribute(net, x.float(), method="hirescam", layer="4", target=1)
    assert (found.values - captum).abs().max() <= 1e-6 * captum.abs().max()


def pooled_net() -> nn.Sequential:
    """A network for which CAM itself is defined: global average pooling, then one linear layer."""
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 3),
    )


def test_gradcam_is_cam_for_a_pooled_linear_head(x):
    net, x = pooled_net(), x.float()
    A = net[1](net[0](x))
    cam = torch.einsum("k,nkij->nij", net[4].weight[2], A) / A[0, 0].numel()
    found = attribute(net, x, layer="1", target=2, relu=False)
    assert torch.allclose(found.values, cam, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("method", ["gradcam", "xgradcam", "hirescam"])
def test_a_pooled_linear_heads_map_sums_to_the_logit_without_bias(x, method):
    net, x = pooled_net(), x.float()
    found = attribute(net, x, method=method, layer="1", target=2, relu=False)
    expected = net(x)[:, 2] - net[4].bias[2]
    assert torch.allclose(found.values.sum((1, 2)), expected, rtol=1e-4)


def test_hirescam_sums_to_the_logit_without_bias_for_one_linear_layer(x):
    torch.manual_seed(6)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(300, 4))
    x = x.float()
    found = attribute(net, x, method="hirescam", layer="1", target=0)
    expected = net(x)[:, 0] - net[3].bias[0]
    assert torch.allclose(found.values.sum((1, 2)), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", CAM_METHODS)
@pytest.mark.parametrize("factor", [1e-6, 1e-3, 1e6])
def test_maps_do_not_depend_on_how_a_layer_is_scaled(x, method, factor):
    """A scale moved from a layer's output into the next layer's weights changes no map."""
    torch.manual_seed(7)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3),
        nn.Flatten(),
        nn.LazyLinear(3),
    ).double()
    net(x)
    before = attribute(net, x, method=method, layer="1", target=1).values
    with torch.no_grad():
        net[0].weight *= factor
        net[2].weight /= factor
    after = attribute(net, x, method=method, layer="1", target=1).values
    assert torch.allclose(after, before, rtol=1e-4, atol=1e-6 * before.abs().max())


@pytest.mark.parametrize("scale", [1e-12, 1e-30])
def test_gradcam_plus_plus_keeps_gradients_whose_square_underflows(scale):
    weigh = METHODS["gradcam++"].weigh
    generator = torch.Generator().manual_seed(8)
    A, g = (torch.randn(2, 3, 4, 4, generator=generator) for _ in range(2))
    scaled = weigh(A / scale, g * scale)
    assert torch.allclose(scaled, weigh(A, g), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", CAM_METHODS)
def test_a_dead_layer_gives_zeros_not_nan(x, method):
    torch.manual_seed(9)
    net = toys.conv_net().eval()
    with torch.no_grad():
        net[4].bias.fill_(-100)
    found = attribute(net, x.float(), method=method, layer="5")
    assert torch.equal(found.values, torch.zeros_like(found.values))


@pytest.mark.parametrize("method", ["gradcam", "gradcam++", "layercam", "xgradcam"])
def test_a_map_negative_everywhere_is_all_zeros(x, method):
    net = pooled_net()
    with torch.no_grad():
        net[4].weight[0] = -1
    found = attribute(net, x.float(), method=method, layer="1", target=0)
    assert torch.equal(found.values, torch.zeros_like(found.values))
