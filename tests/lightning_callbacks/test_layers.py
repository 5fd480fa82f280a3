"""Which layer is chosen, and how its output is read, on the usual kinds of networks."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from lightning_callbacks import attribute
from lightning_callbacks.layout import LayoutError, find_layout
from tests import toys


class ResidualBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.conv2(self.relu(self.conv1(x)))
        out += x
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.layer1 = nn.Sequential(ResidualBlock(6), ResidualBlock(6))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(6, 4)

    def forward(self, x):
        return self.fc(self.pool(self.layer1(self.stem(x))).flatten(1))


class VGG(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        )
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(6 * 49, 4))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class TransformerBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x):
        q, k, v = self.qkv(self.norm1(x)).unsqueeze(1).chunk(3, dim=-1)
        x = x + self.proj(functional.scaled_dot_product_attention(q, k, v).squeeze(1))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    """A class token (and registers) before the patches of a non-square image."""

    def __init__(self, registers: int = 0) -> None:
        super().__init__()
        self.patch_embed = nn.Conv2d(3, 12, 4, stride=4)
        self.prefix = nn.Parameter(torch.randn(1, 1 + registers, 12))
        self.blocks = nn.Sequential(TransformerBlock(12), TransformerBlock(12))
        self.norm, self.head = nn.LayerNorm(12), nn.Linear(12, 4)

    def forward(self, x):
        patches = self.patch_embed(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.prefix.expand(len(x), -1, -1), patches], dim=1)
        return self.head(self.norm(self.blocks(tokens))[:, 0])


class Swin(nn.Module):
    """Channels last from the patch embedding on."""

    def __init__(self) -> None:
        super().__init__()
        self.patch_embed = nn.Conv2d(3, 10, 4, stride=4)
        self.stage = nn.Sequential(nn.LayerNorm(10), nn.Linear(10, 10), nn.GELU())
        self.norm, self.head = nn.LayerNorm(10), nn.Linear(10, 4)

    def forward(self, x):
        x = self.patch_embed(x).permute(0, 2, 3, 1)
        x = x + self.stage(x)
        return self.head(self.norm(x).mean((1, 2)))


def wide(count: int = 2) -> torch.Tensor:
    return torch.rand(count, 3, 16, 24, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("net", "layer", "shape"),
    [
        (ResNet(), "layer1", (8, 12)),
        (VGG(), "features.1", (16, 24)),
        (ViT(), "blocks.1.norm1", (4, 6)),
        (ViT(registers=4), "blocks.1.norm1", (4, 6)),
        (Swin(), "norm", (4, 6)),
    ],
    ids=["resnet", "vgg", "vit", "vit-registers", "swin"],
)
def test_the_last_layer_with_maps_is_chosen(net, layer, shape):
    found = attribute(net, wide())
    assert found.layer == layer
    assert found.values.shape == (2, *shape)
    assert attribute(net, wide(), method="hirescam").values.any()


def test_patches_are_read_row_by_row_behind_the_prefix():
    torch.manual_seed(0)
    net, x = ViT(registers=2), wide(1)
    with torch.no_grad():
        tokens = net.patch_embed(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([net.prefix, tokens], dim=1)
    A = net.blocks[0](tokens).detach().requires_grad_()
    (g,) = torch.autograd.grad(net.head(net.norm(net.blocks[1](A))[:, 0])[:, 2].sum(), [A])
    expected = (A * g).sum(2)[0, 3:].reshape(4, 6)
    found = attribute(net, x, method="hirescam", layer="blocks.0", target=2)
    assert torch.allclose(found.values[0], expected, rtol=1e-4, atol=1e-7)


def test_channels_last_maps_equal_the_same_net_channels_first():
    torch.manual_seed(1)
    net, x = Swin(), wide(1)
    A = net.patch_embed(x).permute(0, 2, 3, 1).detach()
    A = (A + net.stage(A)).detach()
    A = net.norm(A).detach().requires_grad_()
    (g,) = torch.autograd.grad(net.head(A.mean((1, 2)))[:, 0].sum(), [A])
    expected = (g.mean((1, 2), keepdim=True) * A).sum(3).relu()
    assert torch.allclose(attribute(net, x, target=0).values, expected, rtol=1e-4, atol=1e-8)


def test_a_series_gets_maps_of_one_row():
    torch.manual_seed(2)
    net = nn.Sequential(
        nn.Conv1d(2, 5, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(5, 3),
    )
    x = torch.randn(4, 2, 30)
    found = attribute(net, x, target=0, relu=False)
    A = net[1](net[0](x))
    expected = torch.einsum("k,nkl->nl", net[4].weight[0], A) / 30
    assert found.values.shape == (4, 1, 30)
    assert torch.allclose(found.values[:, 0], expected, rtol=1e-4, atol=1e-8)


def test_a_recurrent_nets_maps_are_over_time_not_over_units():
    class GRU(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.head = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 2)

        def forward(self, x):
            return self.head(self.gru(x)[0].mean(1))

    torch.manual_seed(0)
    net, x = GRU(), torch.randn(2, 20, 3)
    A = net.gru(x)[0].detach().requires_grad_()
    (g,) = torch.autograd.grad(net.head(A.mean(1))[:, 1].sum(), [A])
    found = attribute(net, x, method="hirescam", target=1)
    assert found.values.shape == (2, 1, 20)
    assert torch.allclose(found.values[:, 0], (A * g).sum(2), rtol=1e-4, atol=1e-7)


def test_globs_and_modules_name_layers():
    net = ResNet()
    by_module = attribute(net, wide(), layer=net.layer1[0], target=0)
    by_glob = attribute(net, wide(), layer="layer1.[0]", target=0)
    assert by_module.layer == by_glob.layer == "layer1.0"
    with pytest.raises(ValueError, match="name 8 maps"):
        attribute(net, wide(), layer="layer1.0*", target="top-2")


def test_a_head_of_zeros_on_a_transformer_asks_for_a_layer():
    net = ViT()
    nn.init.zeros_(net.head.weight)
    with pytest.raises(ValueError, match=r"No layer reaches the output.*Name a layer"):
        attribute(net, wide())


def test_a_net_without_maps_says_so():
    net = nn.Sequential(nn.Flatten(), nn.Linear(144, 4))
    with pytest.raises(ValueError, match="No layer has maps"):
        attribute(net, toys.images(2))


@pytest.mark.parametrize(
    ("module", "shape", "axes"),
    [
        (nn.Conv2d(3, 7, 1), (2, 7, 7, 7), "NCHW"),
        (nn.LayerNorm(7), (2, 7, 7, 7), "NHWC"),
        (nn.ReLU(), (2, 8, 7, 7), "NCHW"),
        (nn.ReLU(), (2, 7, 7, 8), "NCHW"),
        (nn.Linear(3, 8), (2, 7, 7, 8), "NHWC"),
        (nn.GELU(), (2, 7, 7, 96), "NHWC"),
    ],
)
def test_axes_follow_the_inputs_proportions_then_the_module(module, shape, axes):
    assert find_layout(module, shape, (2, 3, 224, 224), None).axes == axes


def test_tokens_that_form_no_grid_are_refused():
    with pytest.raises(LayoutError, match="23 tokens are no grid"):
        find_layout(nn.Identity(), (2, 23, 8), (2, 3, 224, 80), None)
