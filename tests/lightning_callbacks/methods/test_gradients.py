"""Methods of gradients: definitions, closed forms, Captum."""

import captum.attr
import pytest
import torch
from torch import nn

from lightning_callbacks.methods.gradient_shap import GradientSHAP
from lightning_callbacks.methods.input_x_gradient import InputXGradient
from lightning_callbacks.methods.integrated_gradients import IntegratedGradients
from lightning_callbacks.methods.saliency import Saliency
from lightning_callbacks.methods.smoothgrad import SmoothGrad
from tests.lightning_callbacks.methods.functions import image_function, small_net, table_function

# Captum says that it makes inputs require gradients.
pytestmark = pytest.mark.filterwarnings("ignore:Input Tensor:UserWarning")


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2)).double()


def pair(samples=3):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, samples, 3, 8, 8, generator=generator, dtype=torch.float64)


def test_saliency_is_the_finite_difference():
    f, (x, _) = small_net(), torch.randn(2, 4, 6).double()
    found = Saliency().attribute(table_function(f, x)).values[0]
    for column in range(6):
        step = torch.zeros(6).double()
        step[column] = 1e-6
        expected = (f(x + step) - f(x - step))[:, 1] / 2e-6
        torch.testing.assert_close(found[:, column], expected.detach().abs(), rtol=1e-5, atol=1e-7)


def test_values_are_captums():
    model, (x, base) = net(), pair()
    function = image_function(model, x, base, chunk=2)
    integrated = captum.attr.IntegratedGradients(model)
    pairs = [
        (Saliency(), captum.attr.Saliency(model).attribute(x.clone(), target=1)),
        (
            IntegratedGradients(rule="gauss-legendre"),
            integrated.attribute(x, base, target=1, n_steps=50),
        ),
        (
            IntegratedGradients(steps=30),
            integrated.attribute(x, base, target=1, n_steps=30, method="riemann_middle"),
        ),
        (SmoothGrad(noise=0), captum.attr.Saliency(model).attribute(x.clone(), target=1)),
    ]
    for method, expected in pairs:
        found = method.attribute(function).values[0]
        torch.testing.assert_close(found, expected.detach(), rtol=1e-6, atol=1e-8)
    zero = InputXGradient().attribute(image_function(model, x)).values[0]
    expected = captum.attr.InputXGradient(model).attribute(x.clone(), target=1)
    torch.testing.assert_close(zero, expected.detach())


def test_input_times_gradient_adds_up_without_biases():
    model = nn.Sequential(nn.Linear(6, 9, bias=False), nn.ReLU(), nn.Linear(9, 2, bias=False))
    found = InputXGradient().attribute(table_function(model.double(), torch.randn(4, 6).double()))
    torch.testing.assert_close(found.total, found.output)


@pytest.mark.parametrize("rule", ["midpoint", "gauss-legendre"])
def test_integrated_gradients_are_exact_where_the_rule_is(rule):
    class Squares(nn.Module):
        def forward(self, x):
            return x.square() @ torch.tensor([[0.0, 2.0]] * 6).double()

    x, base = torch.randn(2, 4, 6).double()
    found = IntegratedGradients(steps=3, rule=rule).attribute(table_function(Squares(), x, base))
    torch.testing.assert_close(found.values[0], 2 * (x**2 - base**2))


def test_integrated_gradients_add_up_within_one_per_cent():
    model, (x, base) = net(), pair(8)
    found = IntegratedGradients(steps=100).attribute(image_function(model, x, base))
    rise = found.output - found.base
    assert (found.total - rise).abs().mean() < 0.01 * rise.abs().mean()


def test_expected_gradients_are_integrated_gradients_over_many_baselines():
    model, (x, _) = small_net(), torch.randn(2, 3, 6).double()
    references = torch.randn(5, 6).double()
    function = table_function(model, x, references=(references,))
    found = GradientSHAP(draws=4000).attribute(function)
    each = [
        IntegratedGradients(200).attribute(table_function(model, x, base.expand_as(x)))
        for base in references
    ]
    expected = torch.stack([one.values[0] for one in each]).mean(dim=0)
    torch.testing.assert_close(found.values[0], expected, rtol=0.02, atol=0.01)
    torch.testing.assert_close(found.base, torch.stack([one.base for one in each]).mean(dim=0))


def test_noise_widens_what_is_averaged():
    model, (x, _) = net(), pair()
    function = image_function(model, x)
    smooth = SmoothGrad(copies=200).attribute(function).values[0]
    sharp = Saliency().attribute(function).values[0]
    assert not torch.allclose(smooth, sharp)
    assert smooth.mean() < sharp.mean()
    again = SmoothGrad(copies=200).attribute(image_function(model, x, chunk=9)).values[0]
    torch.testing.assert_close(smooth, again)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: IntegratedGradients(0), "steps must be 1 or more, not 0"),
        (lambda: IntegratedGradients(rule="trapezoid"), "'midpoint' or 'gauss-legendre', not 'tra"),
        (lambda: SmoothGrad(copies=0), "copies must be 1 or more"),
        (lambda: SmoothGrad(noise=-1), "must not be negative, but is -1"),
        (lambda: GradientSHAP(draws=0), "draws must be 1 or more"),
    ],
)
def test_options_out_of_range_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
