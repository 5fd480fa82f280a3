"""Captum's classes through the adapter, against Captum called by hand."""

import captum.attr
import pytest
import torch
from torch import nn

from lightning_callbacks import METHODS, Captum, attribute
from tests import toys

# Captum says that it attaches hooks.
pytestmark = pytest.mark.filterwarnings("ignore:Setting:UserWarning")


@pytest.fixture
def net():
    torch.manual_seed(0)
    return toys.conv_net(3).eval()


IMAGES = toys.images(5, channels=3)


@pytest.mark.parametrize("name", ["Saliency", "DeepLift", "GuidedBackprop", "IntegratedGradients"])
def test_values_are_captums(net, name):
    expected = getattr(captum.attr, name)(net).attribute(IMAGES.clone().requires_grad_(), target=1)
    found = attribute(net, IMAGES, method=Captum(name), target=1, batch_size=2)
    torch.testing.assert_close(found.raw[0], expected.detach(), rtol=1e-5, atol=1e-7)


def test_an_instance_explains_what_is_asked_with_its_own_options(net):
    tunnel = captum.attr.IntegratedGradients(net, multiply_by_inputs=False)
    expected = tunnel.attribute(IMAGES, target=2, n_steps=7)
    found = attribute(net, IMAGES, method=Captum(tunnel, options={"n_steps": 7}), target=2)
    torch.testing.assert_close(found.raw[0], expected.detach().float(), rtol=1e-5, atol=1e-7)
    assert tunnel.forward_func is net


def test_relevance_passes_layers_that_only_move_values(net):
    found = attribute(net, IMAGES, method="lrp", target=1)
    bare = nn.Sequential(*(nn.Linear(4, 4, bias=False), nn.ReLU(), nn.Linear(4, 2, bias=False)))
    kept = attribute(bare, torch.rand(3, 4), method="lrp", target=1)
    torch.testing.assert_close(kept.values.sum(dim=1), kept.output, rtol=1e-3, atol=1e-3)
    assert found.values.shape == (5, 12, 12)
    assert not any(hasattr(module, "rule") for module in net.modules())


def test_layer_classes_give_values_at_the_layer(net):
    layer = attribute(net, IMAGES, method=Captum("LayerConductance", layer="4"), target=1)
    assert layer.values.shape == (5, 6, 6)
    expected = captum.attr.LayerConductance(net, net[4]).attribute(IMAGES, target=1)
    torch.testing.assert_close(layer.values, expected.sum(dim=1).detach().float())


def test_perturbing_classes_get_the_features(net):
    found = attribute(net, IMAGES, method=Captum("FeatureAblation"), target=1)
    cells = found.values.unfold(1, 2, 2).unfold(2, 2, 2)[:, 0, 0]
    assert (cells == cells[:, :1, :1]).all()


def test_every_registered_method_has_the_name_it_is_registered_under():
    assert [method.name for method in METHODS.values()] == list(METHODS)


def test_an_unknown_class_is_named():
    with pytest.raises(ValueError, match=r"no class 'LPR'. Expect one of \['Attribution', "):
        Captum("LPR")


def test_a_method_known_to_fail_says_so(net):
    assert "randomised" in Captum("GuidedBackprop").caveat
    assert Captum("LRP").caveat is None


@pytest.mark.parametrize("name", ["lrp", "layer_conductance", "guided_backprop"])
def test_modules_keep_their_attributes_and_get_no_others(net, name):
    net[0].activations = "mine"
    before = [dict(vars(module)) for module in net.modules()]
    attribute(net, torch.rand(3, 3, 12, 12), method=name, target=1)
    assert [set(vars(module)) for module in net.modules()] == [set(own) for own in before]
    assert net[0].activations == "mine"


def test_relevance_does_not_depend_on_chunks(net):
    model = nn.Sequential(net[:4], nn.Flatten(), nn.LazyLinear(3)).eval()
    model(torch.rand(1, 3, 12, 12))
    images = torch.rand(5, 3, 12, 12)
    whole = attribute(model, images, method="lrp", target=1)
    chunked = attribute(model, images, method="lrp", target=1, batch_size=2)
    torch.testing.assert_close(chunked.values, whole.values)


def test_an_instance_about_another_explains_what_is_asked(net):
    net.eval()
    images, options = torch.rand(3, 3, 12, 12), {"nt_samples": 2, "stdevs": 0.0}
    tunnel = captum.attr.NoiseTunnel(captum.attr.Saliency(nn.Linear(1, 1)))
    found = attribute(net, images, method=Captum(tunnel, options=options), target=1)
    torch.testing.assert_close(
        found.raw[0], attribute(net, images, method="saliency", target=1).raw[0]
    )
    with pytest.raises(ValueError, match="give an instance, as Captum"):
        attribute(net, images, method=Captum("NoiseTunnel"), target=1)
