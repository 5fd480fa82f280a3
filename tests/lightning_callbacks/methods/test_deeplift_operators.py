"""Every operator with a rule: contributions sum to the difference, and follow its closed form."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # as everybody writes it

from lightning_callbacks.methods.deeplift import deeplift
from lightning_callbacks.methods.deeplift.linear import LINEAR
from lightning_callbacks.methods.deeplift.rules import RULES

N = 5


def draw(*shape: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x, x0 = torch.randn(2, N, *shape, dtype=torch.float64, generator=generator)
    return x, x0


def weighted(y: Tensor) -> Tensor:
    """Returns one value per sample that treats no element of `y` like another."""
    y = y.reshape(N, -1)
    return (y * torch.linspace(0.5, 1.5, y.shape[1], dtype=y.dtype).cos()).sum(1)


def assert_exact(function: Callable[[Tensor], Tensor], *shape: int) -> None:
    x, x0 = draw(*shape)
    found = deeplift(lambda x: weighted(function(x)), (x,), (x0,))
    delta = found.output - found.base
    total = found.contributions[0].flatten(1).sum(1)
    assert found.without_rule == ()
    assert torch.allclose(total, delta, rtol=1e-12, atol=1e-12)


ACTIVATIONS = [
    nn.ReLU(), nn.LeakyReLU(), nn.PReLU(), nn.PReLU(6), nn.RReLU(), nn.ELU(), nn.CELU(0.7),
    nn.SELU(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.ReLU6(),
    nn.Hardsigmoid(), nn.Hardtanh(-0.3, 0.4), nn.Sigmoid(), nn.LogSigmoid(), nn.Tanh(),
    nn.Tanhshrink(), nn.Softplus(2.0, 1.0), nn.Softsign(), nn.Threshold(0.2, 0.1),
    nn.Hardshrink(), nn.Softshrink(),
]  # fmt: skip


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_activations_have_the_secant_as_their_multiplier(activation):
    activation = activation.double().eval()
    x, x0 = draw(6)
    found = deeplift(lambda x: activation(x).sum(1), (x,), (x0,))
    assert torch.allclose(found.contributions[0], activation(x) - activation(x0), atol=1e-12)
    assert found.without_rule == ()


@pytest.mark.parametrize(
    "write",
    [
        F.relu_,
        Tensor.relu_,
        Tensor.sigmoid_,
        Tensor.tanh_,
        lambda x: F.silu(x, inplace=True),
        lambda x: F.hardtanh(x, -0.3, 0.4, inplace=True),
        lambda x: F.leaky_relu(x, inplace=True),
        lambda x: x.clamp_(min=0.1),
        F.elu_,
        lambda x: x.mul_(2).exp_(),
    ],
)
def test_in_place_forms_give_what_the_others_give(write):
    x, x0 = draw(6)
    expected = write(x.clone()) - write(x0.clone())
    assert torch.allclose(
        deeplift(lambda x: write(x * 1).sum(1), (x,), (x0,)).contributions[0], expected
    )
    part = deeplift(lambda x: _written(x * 1, write).sum(1), (x,), (x0,)).contributions[0]
    assert torch.allclose(part[:, :4], expected[:, :4])
    assert torch.allclose(part[:, 4:], (x - x0)[:, 4:])


def _written(x: Tensor, write: Callable[[Tensor], Tensor]) -> Tensor:
    write(x[:, :4])
    return x


POINTWISE: dict[str, Callable[[Tensor], Tensor]] = {
    "abs": torch.abs,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": lambda x: x.abs().log(),
    "log1p": lambda x: (x**2).log1p(),
    "sqrt": lambda x: x.relu().sqrt(),
    "rsqrt": lambda x: (x**2 + 0.1).rsqrt(),
    "reciprocal": lambda x: (x**2 + 0.1).reciprocal(),
    "square": torch.square,
    "pow": lambda x: x**3,
    "pow of a number": lambda x: 2.0**x,
    "pow of a tensor": lambda x: (x.abs() + 0.1) ** x.flip(1),
    "pow by row": lambda x: (x[:, :1].abs() + 0.1) ** torch.arange(1.0, 4.0),
    "sin": torch.sin,
    "cos": torch.cos,
    "erf": torch.erf,
    "atan2": lambda x: torch.atan2(x, x.flip(1) + 3),
    "clamp": lambda x: x.clamp(-0.5, 0.5),
    "clamp by a tensor": lambda x: torch.clamp(x, min=x.flip(1)),
    "maximum": lambda x: torch.maximum(x, 2 * x.flip(1)),
    "minimum": lambda x: torch.minimum(x, x[:, :1]),
    "logaddexp": lambda x: torch.logaddexp(x, x.flip(1)),
    "where": lambda x: torch.where(x > 0, x, x.exp() - 1),
    "where of a mask": lambda x: torch.where(torch.arange(6) > 2, x.exp(), -torch.inf).exp(),
    "masked_fill": lambda x: x.masked_fill(x < 0, 0.0),
    "times a mask": lambda x: x * (x > 0),
    "a mask's product": lambda x: (x > 0) * x,
    "clamp from above": lambda x: torch.clamp(x, max=x.flip(1)),
    "exp2": torch.exp2,
    "tan": lambda x: (x / 4).tan(),
    "log2": lambda x: (x**2).log2(),
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "atan": torch.atan,
    "asin": lambda x: x.sin().mul(0.9).asin(),
    "acos": lambda x: x.sin().mul(0.9).acos(),
    "atanh": lambda x: x.sin().mul(0.9).atanh(),
    "asinh": torch.asinh,
    "erfc": torch.erfc,
    "erfinv": lambda x: x.sin().mul(0.9).erfinv(),
    "logit": lambda x: x.sigmoid().logit(),
    "sinc": torch.sinc,
    "lgamma": lambda x: (x.abs() + 0.5).lgamma(),
    "sign": torch.sign,
    "floor": torch.floor,
    "hypot": lambda x: torch.hypot(x, x.flip(1)),
    "xlogy": lambda x: torch.xlogy(x, x.abs()),
    "fmod": lambda x: torch.fmod(x, 0.7),
    "rounded quotient": lambda x: torch.div(x, x.flip(1), rounding_mode="floor"),
    "nan_to_num": torch.nan_to_num,
    "round": torch.round,
}
PRODUCTS: dict[str, Callable[[Tensor], Tensor]] = {
    "mul": lambda x: x * x.flip(1),
    "mul by row": lambda x: x * x.mean(1, keepdim=True).sigmoid(),
    "mul by itself": lambda x: x * x,
    "div": lambda x: x / (1 + x.flip(1) ** 2),
    "div by row": lambda x: x / x.exp().sum(1, keepdim=True),
    "number / x": lambda x: 1.0 / (2 + x**2),
    "matmul": lambda x: x.unsqueeze(2) @ x.unsqueeze(1),
    "einsum": lambda x: torch.einsum("ni,nj->nij", x, x.sin()),
    "baddbmm": lambda x: torch.baddbmm(x.view(N, 2, 3), x.view(N, 2, 3), _square(x).sin()),
    "baddbmm onto nothing": lambda x: torch.baddbmm(
        torch.full((1,), torch.nan, dtype=x.dtype), x.unsqueeze(2), x.unsqueeze(1).sin(), beta=0
    ),
    "onto buffers": lambda x: (x * torch.arange(6) + torch.arange(6)) / torch.arange(1, 7),
    "addcmul": lambda x: torch.addcmul(x, x, x.sin(), value=0.3),
    "addcdiv": lambda x: torch.addcdiv(x, x, x.exp(), value=0.3),
    "lerp": lambda x: torch.lerp(x, x.sin(), x.cos()),
    "bilinear": lambda x: F.bilinear(x, x.sin(), torch.ones(2, 6, 6, dtype=x.dtype)),
    "own kernel": lambda x: F.conv1d(
        x.unsqueeze(0), x.sin().unsqueeze(1)[:, :, :3].contiguous(), groups=N
    ),
    "complex": lambda x: (torch.fft.rfft(x) * torch.fft.rfft(x.sin())).real,
    "spectrum": lambda x: torch.fft.rfft(x).abs(),
    "glu": F.glu,
    "local response": lambda x: F.local_response_norm(x.unsqueeze(2), 2),
}
REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "var": lambda x: x.var(1),
    "population var": lambda x: x.var(1, correction=0),
    "std": lambda x: x.std(1),
    "var_mean": lambda x: torch.stack(torch.var_mean(x, 1), 1),
    "std_mean": lambda x: torch.stack(torch.std_mean(x, 1, keepdim=True), 1),
    "norm": lambda x: x.norm(dim=1),
    "norm 1": lambda x: x.norm(p=1, dim=1),
    "norm 3": lambda x: x.norm(p=3, dim=1, keepdim=True),
    "vector_norm": lambda x: torch.linalg.vector_norm(x.view(N, 2, 3), dim=(1, 2)),
    "normalize": lambda x: F.normalize(x, dim=1),
    "distance": lambda x: F.pairwise_distance(x, x.sin()),
    "cosine": lambda x: F.cosine_similarity(x, x.sin(), dim=1),
    "own layer norm": lambda x: (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-3),
    "softmax": lambda x: x.softmax(1),
    "sharp softmax": lambda x: (50 * x).softmax(1),
    "softmin": lambda x: F.softmin(x, 1),
    "log_softmax": lambda x: x.log_softmax(1),
    "logsumexp": lambda x: x.logsumexp(1),
    "logsumexp of two": lambda x: x.view(N, 2, 3).logsumexp((1, 2), keepdim=True),
    "masked softmax": lambda x: x.masked_fill(torch.arange(6) > 2, -torch.inf).softmax(1),
    "cross entropy": lambda x: F.cross_entropy(x, torch.arange(N), reduction="none"),
    "max": lambda x: x.max(1).values,
    "min": lambda x: x.view(N, 2, 3).min(1, keepdim=True).values,
    "amax": lambda x: x.view(N, 2, 3).amax((1, 2)),
    "amin": lambda x: x.view(N, 2, 3).amin(2),
}


def _square(x: Tensor) -> Tensor:
    return x.repeat(1, 2)[:, :9].view(N, 3, 3)


@pytest.mark.parametrize("name", [*POINTWISE, *PRODUCTS, *REDUCTIONS])
def test_contributions_through_an_operator_sum_to_the_difference(name):
    assert_exact((POINTWISE | PRODUCTS | REDUCTIONS)[name], 6)


LAYERS = {
    "layer norm": (nn.LayerNorm(6), (4, 6)),
    "layer norm over two axes": (nn.LayerNorm((4, 6)), (3, 4, 6)),
    "bare layer norm": (nn.LayerNorm(6, elementwise_affine=False), (6,)),
    "rms norm": (nn.RMSNorm(6), (4, 6)),
    "group norm": (nn.GroupNorm(2, 4), (4, 5, 5)),
    "instance norm": (nn.InstanceNorm2d(4, affine=True), (4, 5, 5)),
    "batch norm": (nn.BatchNorm2d(4), (4, 5, 5)),
    "max pool 1d": (nn.MaxPool1d(3, 2, 1), (4, 9)),
    "overlapping max pool": (nn.MaxPool2d(3, 1, 1), (4, 6, 6)),
    "max pool in ceil mode": (nn.MaxPool2d(3, 2, ceil_mode=True), (4, 6, 6)),
    "dilated max pool": (nn.MaxPool2d(2, 1, dilation=2), (4, 6, 6)),
    "max pool 3d": (nn.MaxPool3d(2), (2, 4, 4, 4)),
    "adaptive max pool": (nn.AdaptiveMaxPool2d(3), (4, 7, 5)),
    "adaptive max pool 1d": (nn.AdaptiveMaxPool1d(3), (4, 7)),
    "lp pool": (nn.LPPool2d(2, 2), (4, 6, 6)),
    "average pool": (nn.AvgPool2d(3, 2, 1, ceil_mode=True), (4, 6, 6)),
    "transposed convolution": (nn.ConvTranspose2d(4, 3, 3, 2), (4, 5, 5)),
    "up-sampling": (nn.Upsample(scale_factor=2, mode="bicubic"), (4, 5, 5)),
    "reflection": (nn.ReflectionPad2d(2), (4, 5, 5)),
    "pixel shuffle": (nn.PixelShuffle(2), (4, 5, 5)),
    "channel shuffle": (nn.ChannelShuffle(2), (4, 5, 5)),
    "unfold": (nn.Unfold(3), (4, 5, 5)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_contributions_through_a_layer_sum_to_the_difference(name):
    layer, shape = LAYERS[name]
    layer = layer.double().eval()
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    assert_exact(layer, *shape)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 0.3},
        {"attn_mask": torch.arange(7) < 5},
        {"attn_mask": torch.linspace(-1, 1, 49, dtype=torch.float64).view(7, 7)},
    ],
    ids=str,
)
def test_fused_attention_is_explained_as_what_it_computes(options):
    assert_exact(lambda x: F.scaled_dot_product_attention(x, x.sin(), x.cos(), **options), 2, 7, 4)


def test_grouped_queries_are_explained():
    assert_exact(
        lambda x: F.scaled_dot_product_attention(x, x[:, :2], x[:, 2:], enable_gqa=True), 4, 7, 3
    )


def test_a_product_shares_the_interaction_equally():
    (a, a0), (b, b0) = draw(4, seed=1), draw(4, seed=2)
    found = deeplift(lambda a, b: (a * b).sum(1), (a, b), (a0, b0))
    assert torch.allclose(found.contributions[0], (a - a0) * (b + b0) / 2)
    assert torch.allclose(found.contributions[1], (b - b0) * (a + a0) / 2)


def test_a_quotient_is_the_product_with_the_reciprocal():
    (a, a0), (b, b0) = draw(4, seed=1), draw(4, seed=2)
    found = deeplift(lambda a, b: (a / b).sum(1), (a, b), (a0, b0))
    assert torch.allclose(found.contributions[0], (a - a0) * (1 / b + 1 / b0) / 2)
    assert torch.allclose(found.contributions[1], (1 / b - 1 / b0) * (a + a0) / 2)


def test_a_matrix_product_shares_the_interaction_equally():
    (a, a0), (b, b0) = draw(3, 4, seed=1), draw(4, 2, seed=2)
    found = deeplift(lambda a, b: (a @ b).sum((1, 2)), (a, b), (a0, b0))
    ones = torch.ones(N, 3, 2, dtype=torch.float64)
    assert torch.allclose(found.contributions[0], (a - a0) * (ones @ ((b + b0) / 2).mT))
    assert torch.allclose(found.contributions[1], (b - b0) * (((a + a0) / 2).mT @ ones))


def test_softmax_follows_the_logarithmic_mean():
    x, x0 = draw(4)
    y, y0 = x.softmax(1), x0.softmax(1)
    mean = (y - y0) / (y.log() - y0.log())
    seen = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    multiplier = mean * (seen - mean[:, :1] / mean.sum(1, keepdim=True))
    found = deeplift(lambda x: x.softmax(1)[:, 0], (x,), (x0,)).contributions[0]
    assert torch.allclose(found, multiplier * (x - x0))


def test_a_max_pool_gives_a_rise_to_the_winner_and_a_fall_to_the_winner_before():
    x = torch.tensor([[[3.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]])
    x0 = torch.tensor([[[0.0, 2.0, 0.0]], [[0.0, 0.0, 5.0]]])
    found = deeplift(lambda x: F.max_pool1d(x, 3)[:, 0, 0], (x,), (x0,)).contributions[0]
    assert torch.equal(found, torch.tensor([[[1.0, 0.0, 0.0]], [[0.0, 0.0, -4.0]]]))


def test_pools_never_multiply_by_more_than_one():
    x, x0 = draw(2, 9, 9)
    found = deeplift(lambda x: F.max_pool2d(x, 3).sum((1, 2, 3)), (x,), (x0,)).contributions[0]
    multiplier = found / (x - x0)
    assert float(multiplier.min()) >= 0
    assert float(multiplier.max()) <= 1 + 1e-12


def test_equal_points_have_the_gradient_as_multiplier_and_contribute_nothing():
    """Contributions are 0; a difference of one part in 10^13 keeps the multiplier's value."""
    x, _ = draw(6)
    step = 1e-13 * x
    found = deeplift(lambda x: x.sigmoid().sum(1), (x + step,), (x,)).contributions[0]
    slope = x.sigmoid() * (1 - x.sigmoid())
    assert torch.allclose(found, slope * (x + step - x), rtol=1e-9, atol=0)
    for function in (torch.sqrt, torch.relu, torch.abs, torch.rsqrt):
        same = deeplift(lambda x, f=function: f(x.abs()).sum(1), (x * 0,), (x * 0,))
        assert torch.equal(same.contributions[0], x * 0)


def test_multipliers_pass_through_layers_in_succession():
    functions = [F.gelu, torch.tanh, F.silu, lambda x: x.softmax(1), F.relu, torch.exp]
    for first, second in pairwise(functions):
        assert_exact(lambda x, f=first, g=second: g(f(x) * 2 - 0.5), 6)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("prod", lambda x: x.prod(1)),
        ("cumprod", lambda x: x.cumprod(1)[:, -1]),
        ("cumprod", lambda x: _written(x * 1, lambda part: part.cumprod_(1)).sum(1)),
        ("sort", lambda x: x.sort(1).values[:, 0]),
        ("topk", lambda x: x.topk(2, 1).values[:, 0]),
        ("linalg_vector_norm", lambda x: x.norm(p=torch.inf, dim=1)),
        ("cdist", lambda x: torch.cdist(x[:, None], x[:, None].sin()).flatten()),
        ("mul", lambda x: (x * x.detach()).sum(1)),
        ("gather", lambda x: x.gather(1, x.argmax(1, keepdim=True)).squeeze(1)),
        ("index", lambda x: x[torch.arange(N), x.argmax(1)]),
        ("index_select", lambda x: x.index_select(1, x.argsort(1)[:, 0]).sum(1)),
        ("scatter", lambda x: (x * 0).scatter(1, x.argsort(1), x)[:, 0]),
        ("add", lambda x: (x + (x.round() - x).detach()).sum(1)),
        ("div", lambda x: (x / x.detach()).sum(1)),
        ("bmm", lambda x: (x[:, None] @ x[:, :, None].detach()).flatten()),
    ],
)
def test_an_operator_without_a_rule_is_named(name, function):
    x, x0 = draw(6)
    assert deeplift(function, (x,), (x0,)).without_rule == (name,)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x.sigmoid()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.sigmoid() + x * x.sigmoid() * (1 - x.sigmoid()))


def test_a_hand_written_autograd_function_is_named():
    x, x0 = draw(6)
    assert deeplift(lambda x: Swish.apply(x).sum(1), (x,), (x0,)).without_rule == ("Swish",)


def test_no_operator_is_both_linear_and_ruled_but_sums():
    """Sums are linear; their rule only looks out for terms that move without a gradient."""
    assert LINEAR & set(RULES) <= {"add", "sub", "rsub"}


def test_fixed_indices_are_linear():
    order = torch.tensor([3, 1, 4, 0])
    rows = torch.arange(N).view(N, 1)
    for function in (
        lambda x: x[:, order] * x[rows, order],
        lambda x: x.gather(1, order.expand(N, 4)).exp(),
        lambda x: x.exp().index_add(1, order, x[:, :4]),
        lambda x: x.masked_select(torch.arange(6) > 2).view(N, 3).exp(),
        lambda x: x.exp().scatter(1, order[:1].expand(N, 1), x[:, 5:]).sin(),
        lambda x: torch.index_put(x, (rows, order), x[:, :4].exp()).sin(),
    ):
        assert_exact(function, 6)
