"""An int8 copy says nearly the same, is smaller, and the model itself stays as it is."""

import io

import pytest
import torch
from torch import nn

from lightning_callbacks.editing.quantise import QuantiseError, quantise
from tests import toys
from tests.benchmarks import resnet20


def size(model: nn.Module) -> int:
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    return buffer.tell()


def mlp() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(20, 256), nn.ReLU(), nn.Linear(256, 256), nn.Linear(256, 3))


def test_a_convolutional_net_is_calibrated_and_says_nearly_the_same():
    net = resnet20.trained(16, 0)
    images, labels = resnet20.probe(16)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    made = quantise(net, images.split(128))
    assert (made.method, made.left) == ("static", {})
    assert made.share > 0.99
    assert all(torch.equal(tensor, before[n]) for n, tensor in net.state_dict().items())
    assert size(made.model) <= 0.35 * size(net)
    with torch.no_grad():
        accuracy = (made.model(images).argmax(1) == labels).float().mean()
    assert abs(float(accuracy) - resnet20.accuracy(net, (images, labels))) < 0.02


def test_linear_layers_are_quantised_as_activations_come():
    net, x = mlp(), torch.randn(64, 20)
    made = quantise(net, [x])
    assert made.method == "dynamic"
    assert size(made.model) < 0.35 * size(net)
    torch.testing.assert_close(made.model(x), net(x), atol=0.05, rtol=0)


def test_a_lightning_module_is_called_by_its_forward():
    module = toys.Classifier()
    made = quantise(module, [next(iter(toys.loaders()[1]))])
    assert made.method == "static"
    assert made.model(toys.images(4)).shape == (4, toys.CLASSES)


@pytest.mark.filterwarnings("ignore")
def test_what_can_not_be_traced_is_taken_by_the_next_method_and_said():
    class Branches(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(1, 4, 3), nn.Linear(4, 2)

        def forward(self, x):
            h = self.conv(x).mean((2, 3))
            return self.head(h if float(h.sum()) > 0 else -h)

    made = quantise(Branches(), [torch.randn(4, 1, 8, 8)])
    assert made.method == "dynamic"
    assert "static" in made.left


def test_an_encoder_is_taken_off_its_fast_path():
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    net = nn.TransformerEncoder(layer, 2).eval()
    x = torch.randn(4, 6, 32)
    made = quantise(net, [{"src": x}], input_key="src")
    assert made.method == "dynamic"
    assert 0.4 < made.share < 0.6  # the attention's own products stay in float32
    torch.testing.assert_close(made.model(x), net(x), atol=0.1, rtol=0)


def test_what_has_nothing_to_quantise_is_told():
    with pytest.raises(QuantiseError, match="Sequential can't be quantised by dynamic or static"):
        quantise(nn.Sequential(nn.ReLU()), [torch.randn(2, 3)])
    with pytest.raises(ValueError, match=r"'int4'\. Expect 'auto' or one of"):
        quantise(mlp(), [torch.randn(2, 20)], method="int4")
    with pytest.raises(ValueError, match="is empty"):
        quantise(mlp(), [])


@pytest.mark.parametrize("whole", [False, True])
def test_one_batch_is_taken_for_one(whole):
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))
    x, y = torch.randn(8, 1, 8, 8), torch.arange(8) % 3
    made, expected = quantise(net, x if whole else (x, y)), quantise(net, [(x, y)])
    assert (made.method, made.left) == ("static", {})
    assert torch.equal(made.model(x), expected.model(x))
