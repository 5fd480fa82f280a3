"""Where inputs enter a model: calls of embeddings, told apart however they look."""

import pytest
import torch
from torch import nn

from lightning_callbacks import Feature, Occlusion, attribute
from lightning_callbacks.spaces import SpaceOptions


class Pair(nn.Module):
    """Embeds a query, then a document, by the same embedding."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(50, 8)
        self.head = nn.Linear(8, 2)

    def forward(self, batch):
        query = self.embed(batch["query"]).mean(dim=1)
        return self.head(2 * self.embed(batch["doc"]).mean(dim=1) + torch.tanh(query))


def test_of_a_shared_embedding_the_call_with_the_input_is_explained():
    model = Pair()
    batch = {"query": torch.randint(50, (3, 7)), "doc": torch.randint(50, (3, 7))}
    found = attribute(
        model,
        batch,
        method="input_x_gradient",
        target=0,
        baseline="zero",
        options=SpaceOptions(input_key="doc"),
    )
    with torch.no_grad():
        expected = (model.embed(batch["doc"]) * 2 / 7 * model.head.weight[0]).sum(dim=2)
    torch.testing.assert_close(found.values, expected)


class Texts(nn.Module):
    """Adds positions to embeddings, in place or called by a keyword."""

    def __init__(self, way):
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(50, 8)
        self.positions = nn.Parameter(torch.randn(7, 8))
        self.head = nn.Linear(8, 2)
        self.way = way

    def forward(self, ids):
        if self.way == "keyword":
            return self.head((self.embed(input=ids) + self.positions).tanh().mean(dim=1))
        embedded = self.embed(ids)
        if self.way == "in place":
            embedded += self.positions
        else:
            embedded = embedded + self.positions
        return self.head(embedded.tanh().mean(dim=1))


@pytest.mark.parametrize("way", ["keyword", "in place"])
@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "deeplift", "kernel_shap"])
def test_it_does_not_matter_how_an_embedding_is_called_or_added_to(way, method):
    ids = torch.randint(50, (3, 7))
    plain = attribute(Texts("plain"), ids, method=method, target=0)
    found = attribute(Texts(way), ids, method=method, target=0)
    torch.testing.assert_close(found.values, plain.values)


class Columns(nn.Module):
    """Embeds two columns, the second first; or both by one embedding."""

    def __init__(self, *, shared=False):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Embedding(5, 4)
        self.second = self.first if shared else nn.Embedding(5, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, table):
        second = self.second(table[:, 1])
        return self.head(10 * self.first(table[:, 0]) + second)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("rows", [[[0, 0]], [[3, 3], [1, 1]], [[1, 2], [3, 4]]])
def test_columns_are_told_apart_where_they_hold_the_same_categories(rows, shared):
    model, table = Columns(shared=shared), torch.tensor(rows)
    options = SpaceOptions(features=[Feature("first", 0), Feature("second", 1)])
    found = attribute(
        model, table, method="kernel_shap", target=0, baseline="zero", options=options
    )
    weight = model.head.weight[0]
    with torch.no_grad():
        parts = [10 * model.first(table[:, 0]) @ weight, model.second(table[:, 1]) @ weight]
    torch.testing.assert_close(found.values, torch.stack(parts, dim=1), rtol=1e-4, atol=1e-5)


def test_occlusion_of_a_token_or_a_feature_is_the_fall_of_the_output():
    ids = torch.randint(50, (3, 7))
    ablated = attribute(Texts("plain"), ids, method="feature_ablation", target=0)
    covered = attribute(Texts("plain"), ids, method=Occlusion(window=1), target=0)
    torch.testing.assert_close(covered.values, ablated.values, rtol=1e-4, atol=1e-5)
    table, model = torch.rand(4, 3), nn.Linear(3, 2)
    options = SpaceOptions(features=[Feature("one-hot", [0, 1]), Feature("number", 2)])
    parts = [
        attribute(model, table, method=method, target=0, options=options).values
        for method in ("occlusion", "feature_ablation")
    ]
    torch.testing.assert_close(*parts)


def test_occlusion_of_a_large_image_is_in_logits():
    torch.manual_seed(0)
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    x = torch.ones(1, 3, 128, 128)
    found = attribute(model, x, method=Occlusion(window=128), target=0)
    expected = model[2].weight[0].sum().detach().expand(1, 64, 64)
    torch.testing.assert_close(found.values, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", ["deeplift", "kernel_shap", "gradient_shap"])
def test_a_sample_that_is_its_own_baseline_is_noted(method):
    model, table = nn.Linear(3, 2), torch.rand(4, 3)
    (note,) = attribute(model, table[:1], method=method).notes
    assert note.startswith("1 of 1 samples equal their baseline")
    assert not attribute(model, table, method=method).notes
    assert not attribute(model, table[:1], method="saliency").notes


@pytest.mark.parametrize("segments", [0, -1])
def test_no_squares_are_refused(segments):
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    options = SpaceOptions(segments=segments)
    with pytest.raises(
        ValueError, match=f"segments must be 1 or more squares a side, not {segments}"
    ):
        attribute(model, torch.rand(2, 1, 4, 4), method="lime", options=options)


def test_the_run_that_finds_a_texts_embedding_is_that_which_predicts():
    model = Texts("added")
    runs = []
    model.register_forward_pre_hook(lambda *_: runs.append(1))
    attribute(model, torch.randint(50, (3, 7)), method="saliency", target=0)
    assert len(runs) == 2  # the other one is walked back
