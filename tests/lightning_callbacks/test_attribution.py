import pytest
import torch
from torch import nn

from lightning_callbacks import (
    CAM_METHODS,
    INPUT_METHODS,
    METHODS,
    SmoothGrad,
    SpaceOptions,
    attribute,
)
from lightning_callbacks.layers import LayerError
from tests import toys


@pytest.fixture
def net() -> nn.Sequential:
    torch.manual_seed(0)
    return toys.conv_net()


def test_the_result_says_what_was_explained(net):
    found = attribute(net, toys.images(5), target=2)
    net.eval()
    assert found.values.shape == (5, 6, 6)
    assert found.values.dtype == torch.float32
    assert found.target.tolist() == [2] * 5
    assert torch.allclose(found.output, net(toys.images(5))[:, 2])
    assert (found.method, found.layer, found.delta) == ("gradcam", "5", None)
    assert found.cost_ms > 0


# Those of a convolutional net that need no other samples.
ALONE = [
    name
    for name, each in METHODS.items()
    if not getattr(each, "uses_references", False) and not name.startswith("attention")
]

# Those that explain a table.
INPUT_ONES = [
    name
    for name in INPUT_METHODS
    if not name.startswith("attention") and name not in ("layer_conductance", "smoothgrad")
] + [SmoothGrad(noise=0.0)]


@pytest.mark.parametrize("method", ALONE)
def test_batch_mates_do_not_matter(net, method):
    x = toys.images(6)
    options = SpaceOptions(segments=3)
    together = attribute(net, x, method=method, target=1, options=options)
    alone = attribute(net, x[2:3], method=method, target=1, options=options)
    largest = float(alone.values.abs().max())
    assert torch.allclose(together.values[2], alone.values[0], rtol=1e-5, atol=1e-5 * largest)


def test_chunks_change_nothing(net):
    x, classes = toys.images(7), torch.tensor([0, 1, 2, 3, 0, 1, 2])
    whole = attribute(net, x, target=classes)
    parts = attribute(net, x, target=classes, batch_size=3)
    assert torch.allclose(whole.values, parts.values, rtol=1e-5, atol=1e-9)
    assert torch.equal(whole.target, parts.target)
    assert torch.equal(parts.target, classes)


def test_the_model_is_left_as_it_was(net):
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    rng = torch.get_rng_state()
    attribute(net, toys.images(3))
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in net.parameters())
    assert all(m.training and not m._forward_hooks for m in net.modules())
    assert torch.equal(rng, torch.get_rng_state())


def test_an_in_place_activation_behind_the_layer_does_not_overwrite_it(net):
    out_of_place = toys.conv_net()
    out_of_place.load_state_dict(net.state_dict())
    out_of_place[5] = nn.ReLU()
    x = toys.images(3)
    for method in CAM_METHODS:
        a = attribute(net, x, method=method, layer="4", target=0).values
        b = attribute(out_of_place, x, method=method, layer="4", target=0).values
        assert torch.equal(a, b)


def test_frozen_parameters_and_inference_mode_do_not_matter(net):
    x = toys.images(3)
    expected = attribute(net, x, target=0).values
    net.requires_grad_(False)
    with torch.inference_mode():
        made_inside = x * 1
        assert torch.equal(attribute(net, made_inside, target=0).values, expected)


def test_channels_last_does_not_matter(net):
    x = toys.images(3)
    expected = attribute(net, x, target=0).values
    net.to(memory_format=torch.channels_last)
    found = attribute(net, x.to(memory_format=torch.channels_last), target=0).values
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-8)


class Reused(nn.Module):
    """Calls one convolution and one activation twice."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Linear(2, 3)

    def forward(self, x):
        x = self.act(self.conv(x))
        x = self.act(self.conv(x))
        return self.head(x.mean((2, 3)))


def test_of_a_reused_module_the_last_call_is_explained():
    torch.manual_seed(1)
    net, x = Reused(), toys.images(3, channels=2)
    A = net.conv(net.act(net.conv(x))).detach().requires_grad_()
    (g,) = torch.autograd.grad(net.head(A.relu().mean((2, 3)))[:, 1].sum(), [A])
    expected = (g.mean((2, 3), keepdim=True) * A).sum(1).relu()
    found = attribute(net, x, layer="conv", target=1)
    assert torch.allclose(found.values, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("style", ["wrapped", "in place"])
def test_compiled_models_are_explained_eagerly_and_stay_compiled(style):
    torch.manual_seed(1)
    net, x = Reused(), toys.images(3, channels=2)
    expected = attribute(net, x, target=0).values
    compiled = []

    def backend(graph, _inputs):
        compiled.append(graph)
        return graph.forward

    model = torch.compile(net, backend=backend) if style == "wrapped" else net
    if style == "in place":
        net.compile(backend=backend)
    net.eval()
    model(x)
    graphs = len(compiled)
    assert graphs > 0
    assert torch.equal(attribute(model, x, target=0).values, expected)
    model(x)
    assert len(compiled) == graphs


def test_a_dict_batch_goes_through_forward(net):
    batch = {"id": torch.arange(4), "pixels": toys.images(4)}
    found = attribute(net, batch, forward=lambda m, b: {"logits": m(b["pixels"])}, target=1)
    assert torch.equal(found.values, attribute(net, toys.images(4), target=1).values)


def test_a_binary_net_with_one_logit_explains_either_class():
    torch.manual_seed(2)
    net = toys.conv_net(head=nn.Linear(32, 1))
    x = toys.images(4)
    one = attribute(net, x, method="hirescam", target=1)
    zero = attribute(net, x, method="hirescam", target=0)
    assert torch.equal(one.values, -zero.values)
    assert torch.equal(one.output, -zero.output)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"method": "gradcamm"}, r"Unknown method 'gradcamm'. Expect one of \['gradcam', "),
        ({"target": 9}, "class 9 is not one of the model's 0 to 3"),
        ({"target": "lable"}, "Unknown target 'lable'"),
        ({"target": "label"}, "the samples have no labels"),
        ({"target": [0, 1]}, "2 class indices for 3 samples"),
        ({"target": [0, 1], "method": "saliency"}, r"shape \[2\] for 3 samples"),
        ({"target": 1.5}, "Target 1.5 is no class index. Expect 'label'"),
        ({"target": None}, "Target None is no class index"),
        ({"target": True}, "Target True is no class index"),
        ({"target": "label", "labels": torch.tensor([0])}, r"labels is int64 \[1\]; expected"),
        ({"method": "saliency", "layer": "2"}, "'saliency' has no layer"),
        ({"method": "saliency", "relu": True}, "'saliency' has no relu"),
        ({"baseline": "mean"}, "'gradcam' has no baseline"),
        ({"method": "saliency", "batch_size": 0}, "batch_size must be 1 or more, not 0"),
        (
            {"target": lambda logits: logits},
            r"expected one value per sample, a tensor of shape \[3\]",
        ),
        ({"layer": "9"}, r"output has shape \[3, 4\].*Choose another layer"),
        ({"batch_size": 0}, "batch_size must be 1 or more"),
        ({"forward": lambda m, x: m(x).sum()}, r"returned float32 \[\]; expected logits"),
    ],
)
def test_bad_arguments_are_named(net, kwargs, message):
    with pytest.raises(ValueError, match=message):
        attribute(net, toys.images(3), **kwargs)


def test_an_unknown_layer_is_answered_with_close_names(net):
    wrapped = nn.ModuleDict({"features": net})
    wrapped.forward = net.forward
    with pytest.raises(LayerError, match=r"'featres.4'. Close names: .*features.4"):
        attribute(wrapped, toys.images(2), layer="featres.4")


def test_a_layer_off_the_path_is_refused(net):
    net.add_module("aside", nn.Conv2d(1, 1, 3))
    with pytest.raises(ValueError, match="'aside' was not called"):
        attribute(net, toys.images(2), layer="aside", forward=lambda m, x: m[:10](x))


class NormalisesInPlace(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x.sub_(0.5).div_(2))


@pytest.mark.parametrize("method", ["gradcam", "saliency", "integrated_gradients", "lrp"])
def test_a_model_that_changes_its_input_in_place_is_explained_like_another(net, method):
    x = toys.images(2)
    before = x.clone()
    expected = attribute(net, (x - 0.5) / 2, method=method, target=1)
    found = attribute(NormalisesInPlace(net), x, method=method, target=1)
    assert torch.equal(x, before)
    torch.testing.assert_close(found.output, expected.output)
    if method == "gradcam":
        torch.testing.assert_close(found.values, expected.values)


@pytest.mark.parametrize(
    ("shape", "message"),
    [((4,), r"are float32 \[4\]; expected"), ((0, 4), "no sample"), ((2, 1, 1, 1, 4), "expected")],
)
def test_inputs_of_no_known_kind_are_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        attribute(nn.Linear(4, 2), torch.zeros(shape), method="saliency")


def test_a_table_without_features_is_refused():
    with pytest.raises(ValueError, match="features is empty"):
        attribute(
            nn.Linear(4, 2),
            torch.zeros(2, 4),
            method="saliency",
            options=SpaceOptions(features=[]),
        )


def test_an_input_key_beside_options_is_heeded():
    batch = {"x": torch.rand(2, 3), "other": torch.rand(2, 4)}
    found = attribute(
        nn.Linear(4, 1),
        batch,
        method="saliency",
        input_key="other",
        forward=lambda m, b: m(b["other"]),
        options=SpaceOptions(special=[1]),
    )
    assert found.values.shape == (2, 4)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize("method", INPUT_ONES)
def test_models_of_every_precision_are_explained(dtype, method):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    x = torch.rand(5, 4)
    expected = attribute(model, x, method=method, target=1).values
    found = attribute(model.to(dtype), x.to(dtype), method=method, target=1).values
    error = (found - expected).norm() / expected.norm()
    assert error < {torch.bfloat16: 0.1, torch.float16: 0.01, torch.float64: 0.02}[dtype]
