"""DeepLIFT as a method: sums, chunks, means over baselines, notes."""

import captum.attr
import pytest
import torch
from torch import nn

from lightning_callbacks.methods.deep_lift import DeepLIFT, DeepLIFTSHAP
from tests.lightning_callbacks.methods.functions import image_function, table_function

# Captum says that it attaches hooks and makes inputs require gradients.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:captum")


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2)).double()


def images(count=4):
    return torch.randn(2, count, 3, 8, 8, generator=torch.Generator().manual_seed(1)).double()


@pytest.mark.parametrize("chunk", [None, 3])
def test_contributions_are_captums_and_add_up(chunk):
    model, (x, base) = net(), images()
    found = DeepLIFT().attribute(image_function(model, x, base, chunk=chunk))
    expected = captum.attr.DeepLift(model).attribute(x, base, target=1)
    torch.testing.assert_close(found.values[0], expected.detach(), rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(found.total, found.output - found.base, rtol=1e-10, atol=1e-12)


def test_the_mean_over_references_is_captums():
    model, (x, references) = net(), images()
    function = image_function(model, x, references=(references[:3],), chunk=5)
    found = DeepLIFTSHAP().attribute(function)
    expected = captum.attr.DeepLiftShap(model).attribute(x, references[:3], target=1)
    torch.testing.assert_close(found.values[0], expected.detach(), rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(found.base, model(references[:3])[:, 1].mean().detach().expand(4))
    one = DeepLIFTSHAP(baselines=1).attribute(function)
    torch.testing.assert_close(one.base[0], model(references[:1])[0, 1].detach())


def test_an_operator_without_a_rule_is_named():
    class Sorted(nn.Module):
        def forward(self, x):
            return torch.cumprod(x, dim=1)[:, -2:]

    found = DeepLIFT().attribute(table_function(Sorted(), torch.rand(3, 5).double() + 1))
    error = (found.total - (found.output - found.base)).abs().max()
    assert found.notes or error < 1e-9
