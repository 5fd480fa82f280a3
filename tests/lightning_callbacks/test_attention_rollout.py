"""Rollout and relevance, beside plainer writings of their papers."""

import numpy as np
import pytest
import torch

from lightning_callbacks.attention.look import look_closely
from lightning_callbacks.attention.rollout import find_readout, follow, read_out, relevance, rollout
from tests import attention_toys, toys

N, HEADS, T, LAYERS = 2, 3, 5, 4


def maps(*, causal: bool = False) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(LAYERS, N, HEADS, T, T, generator=generator)
    if causal:
        scores = scores.masked_fill(~torch.ones(T, T).tril().bool(), -torch.inf)
    return list(scores.softmax(-1))


def gradients() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return list(torch.randn(LAYERS, N, HEADS, T, T, generator=generator))


def plain_rollout(layers, sample: int) -> np.ndarray:
    """Abnar and Zuidema 2020, equation 1, entry by entry."""
    result = np.eye(T)
    for layer in layers:
        mixed = np.zeros((T, T))
        for i in range(T):
            for j in range(T):
                mean = sum(float(layer[sample, h, i, j]) for h in range(HEADS)) / HEADS
                mixed[i, j] = 0.5 * mean + 0.5 * (i == j)
            mixed[i] /= mixed[i].sum()
        result = mixed.dot(result)
    return result


def plain_relevance(layers, grads, sample: int) -> np.ndarray:
    """Chefer, Gur and Wolf 2021, equations 5 and 6, entry by entry; without the first R = I."""
    result = np.eye(T)
    for layer, grad in zip(layers, grads, strict=True):
        mean = np.zeros((T, T))
        for h in range(HEADS):
            product = (grad[sample, h] * layer[sample, h]).numpy()
            mean += np.where(product > 0, product, 0) / HEADS
        result = result + mean.dot(result)
    return result - np.eye(T)


@pytest.mark.parametrize("causal", [False, True])
def test_rollout_is_the_papers(causal):
    layers = maps(causal=causal)
    result = rollout(layers)
    assert torch.allclose(result.sum(-1), torch.ones(N, T), atol=1e-6)
    for sample in range(N):
        assert np.allclose(result[sample], plain_rollout(layers, sample), atol=1e-6)


def test_relevance_is_the_papers():
    result = relevance(maps(), gradients())
    assert bool((result >= 0).all())
    for sample in range(N):
        expected = plain_relevance(maps(), gradients(), sample)
        assert np.allclose(result[sample], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("row", "readout"), [(0, "first token"), (2, "last token"), (slice(None), "mean of tokens")]
)
def test_where_the_output_is_read_follows_from_the_gradient(row, readout):
    gradient = torch.zeros(N, HEADS, T, T)
    gradient[:, :, row] = 1.0
    real = torch.arange(T).expand(N, -1) < 3
    assert find_readout(gradient, real) == readout


def test_padding_is_nowhere_in_what_is_read_out():
    real = torch.tensor([[True] * T, [True] * 3 + [False] * 2])
    tokens = torch.rand(N, T, T)
    mean = read_out(tokens, "mean of tokens", real)
    assert torch.allclose(mean[1, :3], tokens[1, :3, :3].mean(0))
    assert mean[1, 3:].tolist() == [0, 0]
    assert torch.equal(read_out(tokens, "last token", real)[1, :3], tokens[1, 2, :3])
    followed = follow(maps(), None, real, "mean of tokens")
    assert torch.allclose(followed.rollout.sum(1), torch.ones(N))
    assert followed.relevance is None


@pytest.mark.parametrize("way", ["fused", "eager", "einsum"])
@pytest.mark.parametrize("class_token", [True, False])
def test_gradients_are_those_of_the_logit_with_respect_to_the_maps(way, class_token):
    torch.manual_seed(0)
    model = attention_toys.VisionTransformer(way, class_token=class_token).eval().double()
    x = toys.images(2, size=8).double()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    seen = look_closely(model, lambda m: m(x), 2, 1, None)
    last = seen.maps[-1]
    # The last block is linear in its map: the change of the logit is the gradient times the change.
    delta = torch.zeros_like(last.weights)
    delta[0, 1, 0, 2] = 1e-3
    with torch.no_grad():
        changed = model.head(_read(_with_map(model, x, last.weights.detach() + delta), class_token))
        alone = model.head(_read(_with_map(model, x, last.weights.detach()), class_token))
    slope = (changed - alone)[0, 1] / 1e-3
    assert torch.isclose(slope.float(), seen.gradients[-1][0, 1, 0, 2], rtol=1e-4)
    readout = seen.follow(torch.ones(2, delta.shape[-1], dtype=torch.bool), "last token").readout
    assert readout == ("first token" if class_token else "mean of tokens")


def _with_map(model, x, weights):
    tokens = model.blocks[0](model.embed(x))
    block = model.blocks[1]
    value = block.qkv(block.norm(tokens)).chunk(3, dim=-1)[2]
    value = value.unflatten(-1, (block.heads, -1)).transpose(1, 2)
    return tokens + (weights.to(value.dtype) @ value).transpose(1, 2).flatten(2)


def _read(tokens, class_token):
    return tokens[:, 0] if class_token else tokens.mean(dim=1)


def test_multihead_attention_has_gradients_too():
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = torch.nn.Sequential(torch.nn.TransformerEncoder(layer, 2), _Mean()).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    x = torch.randn(2, 5, 8)
    seen = look_closely(model, lambda m: m(x), 2, 0, None)
    assert [bool(gradient.abs().sum() > 0) for gradient in seen.gradients] == [True, True]
    assert seen.follow(torch.ones(2, 5, dtype=torch.bool), "first token").relevance.shape == (2, 5)


def test_gradients_of_multihead_attention_are_those_of_its_maps():
    inner = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval()
    for parameter in inner.parameters():
        parameter.requires_grad_(False)
    x = torch.randn(2, 5, 8)

    def forward(module):
        return module(x, x, x, need_weights=False)[0].square().mean(dim=1)

    seen = look_closely(inner, forward, 2, 3, None)
    weights = seen.maps[0].weights.detach().clone().requires_grad_()
    value = torch.nn.functional.linear(x, inner.in_proj_weight[16:], inner.in_proj_bias[16:])
    value = value.unflatten(-1, (2, 4)).transpose(1, 2)
    output = inner.out_proj((weights @ value).transpose(1, 2).flatten(2)).square().mean(dim=1)
    (expected,) = torch.autograd.grad(output[:, 3].sum(), weights)
    assert torch.allclose(seen.gradients[0], expected, atol=1e-6)


class _Mean(torch.nn.Module):
    def forward(self, x):
        return x.square().mean(dim=1)
