"""Attention as an explanation: of texts and of images, like the monitor's."""

import pytest
import torch
from torch import nn

from lightning_callbacks import SpaceOptions, attribute
from lightning_callbacks.attention.maps import attention_maps
from lightning_callbacks.attention.rollout import rollout
from tests import attention_toys, toys


def text_batch():
    samples = attention_toys.texts(4)
    return {
        key: torch.stack([torch.as_tensor(sample[key]) for sample in samples]) for key in samples[0]
    }


def run(model, batch):
    return model(batch["input_ids"], batch["attention_mask"])


def test_rollout_of_a_text_is_the_mean_over_real_tokens_of_the_maps_product():
    torch.manual_seed(0)
    model, batch = attention_toys.TextClassifier(), text_batch()
    found = attribute(model, batch, method="attention_rollout", forward=run)
    maps = [each.weights for each in attention_maps(model, batch, forward=run)]
    real = batch["attention_mask"].float().unsqueeze(2)
    expected = (rollout(maps) * real).sum(dim=1) / real.sum(dim=1) * real.squeeze(2)
    torch.testing.assert_close(found.values, expected / expected.sum(dim=1, keepdim=True))
    assert not found.signed


@pytest.mark.parametrize("method", ["attention_rollout", "attention_relevance"])
def test_images_get_a_map_of_their_patches(method):
    torch.manual_seed(0)
    found = attribute(attention_toys.VisionTransformer(), toys.images(3), method=method)
    assert found.values.shape == (3, 3, 3)
    assert (found.values >= 0).all()


def test_relevance_depends_on_the_target_and_rollout_does_not():
    torch.manual_seed(0)
    model, x = attention_toys.VisionTransformer(), toys.images(3)
    for method, same in (("attention_rollout", True), ("attention_relevance", False)):
        one, other = (attribute(model, x, method=method, target=t).values for t in (0, 1))
        assert torch.allclose(one, other) is same


def test_a_model_without_attention_says_so():
    with pytest.raises(ValueError, match="attend"):
        attribute(toys.conv_net(), toys.images(2), method="attention_rollout")


def test_tokens_that_are_no_part_of_the_input_are_refused():
    class Tabular(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = attention_toys.Block()
            self.head = nn.Linear(8, 2)

        def forward(self, x):
            return self.head(self.inner(x.unflatten(1, (3, 8))).mean(dim=1))

    with pytest.raises(ValueError, match=r"of 3 tokens, the input \[2, 24\]"):
        attribute(Tabular(), torch.randn(2, 24), method="attention_rollout", options=SpaceOptions())
