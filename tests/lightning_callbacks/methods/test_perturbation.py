"""Methods that leave parts of the input out: definitions, closed forms, Captum."""

import captum.attr
import pytest
import torch
from torch import nn

from lightning_callbacks.function import Features, Function
from lightning_callbacks.methods.exact_shapley import ExactShapley
from lightning_callbacks.methods.feature_ablation import FeatureAblation
from lightning_callbacks.methods.kernel_shap import KernelSHAP
from lightning_callbacks.methods.lime import LIME
from lightning_callbacks.methods.occlusion import Occlusion
from tests.lightning_callbacks.methods.functions import (
    image_function,
    shapley_values,
    small_net,
    table_function,
)

ADDITIVE = [KernelSHAP(), ExactShapley(), LIME(), KernelSHAP(evaluations=10), LIME(evaluations=9)]


# Captum says that it fits sample by sample.
pytestmark = pytest.mark.filterwarnings("ignore:You are providing multiple inputs:UserWarning")


def table(samples=5, features=6):
    generator = torch.Generator().manual_seed(1)
    draw = torch.randn(2, samples, features, generator=generator, dtype=torch.float64)
    return draw[0], draw[1]


def conv_net():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 100, 2)
    ).double()


def images():
    generator = torch.Generator().manual_seed(2)
    return torch.randn(3, 3, 12, 12, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("method", [ExactShapley(), KernelSHAP(evaluations=62)])
def test_all_coalitions_give_shapleys_definition(method):
    net, (x, base) = small_net(), table()
    found = method.attribute(table_function(net, x, base)).values[0]
    for row in range(len(x)):
        expected = shapley_values(lambda point: net(point)[1].detach(), x[row], base[row])
        torch.testing.assert_close(found[row], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("method", ADDITIVE)
def test_values_add_up_to_what_the_output_rose_by(method):
    found = method.attribute(table_function(small_net(), *table()))
    torch.testing.assert_close(found.total, found.output - found.base, rtol=0, atol=1e-6)


@pytest.mark.parametrize("method", [*ADDITIVE[:3], FeatureAblation(), Occlusion()])
def test_a_linear_model_gets_its_weights(method):
    x, base = table()
    net = nn.Linear(6, 2).double()
    found = method.attribute(table_function(net, x, base)).values[0]
    torch.testing.assert_close(found, (x - base) * net.weight[1].detach(), rtol=2e-3, atol=2e-3)


def test_kernel_shap_with_64_evaluations_is_close_to_exact_values_and_closer_than_captum():
    ours, captums = [], []
    for seed in range(3):
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 2)).double()
        x, base = table(16, 8)
        function = table_function(net, x, base)
        exact = ExactShapley().attribute(function).values[0]
        found = KernelSHAP(evaluations=64).attribute(function).values[0]
        other = captum.attr.KernelShap(net).attribute(x, base, target=1, n_samples=64)
        ours.append(relative_error(found, exact))
        captums.append(relative_error(other, exact))
    mean, captums_mean = sum(ours) / len(ours), sum(captums) / len(captums)
    print(f"mean relative error {mean:.4f}, Captum's {captums_mean:.4f}")
    assert mean <= 0.03
    assert mean <= captums_mean / 2


def relative_error(found, exact):
    return float(((found - exact).norm(dim=1) / exact.norm(dim=1)).mean())


def test_samples_with_different_numbers_of_features_are_each_fitted_on_their_own():
    torch.manual_seed(0)
    embedded = torch.randn(4, 7, 3, dtype=torch.float64)
    kept = torch.tensor([[0] * 7, [1] + [0] * 5 + [1], [1, 0, 1, 1, 1, 1, 1], [1] * 7]).bool()
    ids = torch.where(kept, -1, (~kept).cumsum(1) - 1).unsqueeze(2)
    features = Features((ids,), (~kept).sum(1), axes=(1,))
    head = nn.Linear(3, 1).double()
    function = Function(
        (embedded,),
        (torch.where(kept.unsqueeze(2), embedded, torch.zeros(()).double()),),
        lambda points, _rows: torch.tanh(head(points[0].sum(1))[:, 0]),
        features,
    )
    for method in (KernelSHAP(), ExactShapley(), LIME(), FeatureAblation(), Occlusion(window=1)):
        found = method.attribute(function)
        tokens = found.values[0].sum(dim=2)
        assert (tokens[kept] == 0).all()
        alone = method.attribute(one_of(function, 1)).values[0].sum(dim=2)
        torch.testing.assert_close(tokens[1:2], alone, rtol=1e-6, atol=1e-9)
        if method.complete:
            torch.testing.assert_close(tokens.sum(1), found.output - found.base, atol=1e-6, rtol=0)


def one_of(function, row):
    def only(values):
        return tuple(each[row : row + 1] for each in values)

    features = Features(only(function.features.ids), function.features.counts[row : row + 1], (1,))
    return Function(only(function.inputs), only(function.baselines), function.evaluate, features)


@pytest.mark.parametrize(("window", "stride"), [(4, 4), (4, 2), (5, 3), (12, 1), (3, 1)])
def test_occlusion_is_captums(window, stride):
    net, x = conv_net(), images()
    found = Occlusion(window, stride).attribute(image_function(net, x)).values[0]
    expected = captum.attr.Occlusion(net).attribute(
        x, (3, window, window), strides=(3, stride, stride), target=1
    )
    # Captum averages in float32.
    torch.testing.assert_close(found.float(), expected, rtol=1e-5, atol=1e-7)


def test_ablation_is_captums_shared_among_a_features_elements():
    net, x = conv_net(), images()
    function = image_function(net, x)
    found = FeatureAblation().attribute(function).values[0]
    expected = captum.attr.FeatureAblation(net).attribute(
        x, target=1, feature_mask=function.features.ids[0].expand(1, 3, 12, 12)
    )
    torch.testing.assert_close(found.float() * 3 * 16, expected.float(), rtol=1e-5, atol=1e-7)


def test_chunks_change_nothing():
    net, x = conv_net(), images()
    for method in (KernelSHAP(), LIME(), Occlusion(), FeatureAblation(), ExactShapley()):
        whole, parts = (
            method.attribute(image_function(net, x, chunk=chunk)).values[0] for chunk in (1000, 7)
        )
        torch.testing.assert_close(whole, parts)


def test_the_fit_says_how_additive_the_function_is():
    x, base = table()
    linear = KernelSHAP().attribute(table_function(nn.Linear(6, 2).double(), x, base))
    torch.testing.assert_close(linear.fit, torch.ones(5, dtype=torch.float64))

    class Product(nn.Module):
        def forward(self, values):
            return (values[:, :1] * values[:, 1:2]).expand(-1, 2)

    product = KernelSHAP().attribute(table_function(Product(), x, base))
    assert (product.fit < 0.9).any()


def test_too_many_features_for_exact_values_say_what_to_do():
    x, base = table(2, 13)
    with pytest.raises(ValueError, match=r"13 features need 2\^13 .*at most 12.*'kernel_shap'"):
        ExactShapley().attribute(table_function(nn.Linear(13, 2).double(), x, base))


@pytest.mark.parametrize(
    "build",
    [
        lambda: KernelSHAP(evaluations=1),
        lambda: LIME(evaluations=0),
        lambda: LIME(width=0),
        lambda: Occlusion(window=0),
        lambda: Occlusion(stride=(1, 0)),
    ],
)
def test_options_out_of_range_are_refused(build):
    with pytest.raises(ValueError, match=r"must be (1 or more|2 or more|positive), not"):
        build()
