"""Where names, tokenizers and normalisations are found, and how a model is called."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from lightning_callbacks.choosing.forwards import Positional, PredictStep, WholeBatch, find_way
from lightning_callbacks.choosing.look import short
from lightning_callbacks.choosing.owners import (
    find_class_names,
    find_feature_names,
    find_normalisation,
    find_tokenizer,
    owners_of,
)
from lightning_callbacks.choosing.setup import LeftOut, Setup
from lightning_callbacks.choosing.words import table


def owner(**attributes):
    return [("the data set", SimpleNamespace(**attributes))]


@pytest.mark.parametrize(
    "attributes",
    [
        {"classes": ["a", "b"]},
        {"class_names": ("a", "b")},
        {"class_to_idx": {"b": 1, "a": 0}},
        {"id2label": {1: "b", 0: "a"}},
        {"features": {"label": SimpleNamespace(names=["a", "b"])}},
        {"classes": ["x", "y", "z"], "label_names": ["a", "b"]},
    ],
)
def test_class_names_are_found_in_every_common_form(attributes):
    assert find_class_names(owner(**attributes), 2).value == ["a", "b"]


@pytest.mark.parametrize(
    "attributes",
    [{}, {"classes": ["a"]}, {"classes": 2}, {"id2label": {0: "LABEL_0", 1: "LABEL_1"}}],
)
def test_names_that_are_of_something_else_are_not_taken(attributes):
    assert find_class_names(owner(**attributes), 2) is None


def test_columns_are_named_by_a_list_or_a_table_without_its_target():
    assert find_feature_names(owner(feature_names=["a", "b"]), 2).value == ["a", "b"]
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": [1], "rooms": [2], "target": [3]})
    assert find_feature_names(owner(rows=frame), 2).value == ["age", "rooms"]
    assert find_feature_names(owner(rows=frame), 5) is None
    assert find_feature_names(owner(feature_names=["a", "a"]), 2) is None


class Vocabulary:
    def __call__(self, _tokens):
        raise AssertionError("this makes ids of texts")

    def get_itos(self):
        return ["zero", "one", "two"]


class Tokenizer:
    def __call__(self, _text):
        raise AssertionError("this makes ids of texts")

    def convert_ids_to_tokens(self, ids):
        return [f"t{i}" for i in ids]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("tokenizer", Tokenizer(), "t1"),
        ("vocab", Vocabulary(), "one"),
        ("vocab", {"zero": 0, "one": 1}, "one"),
        ("itos", ["zero", "one"], "one"),
    ],
)
def test_tokenizers_are_found_in_every_common_form(name, value, text):
    from lightning_callbacks.tokens import token_texts

    ids = torch.tensor([[1]])
    found = find_tokenizer(owner(**{name: value}), ids)
    assert token_texts(ids, found.value) == [[text]]


@pytest.mark.parametrize("value", [lambda text: [1], 7, {}, object()])
def test_what_reads_no_ids_is_no_tokenizer(value):
    assert find_tokenizer(owner(tokenizer=value), torch.tensor([[1]])) is None


def test_the_normalisation_is_the_transforms():
    normalise = SimpleNamespace(mean=[0.5, 0.4, 0.3], std=[0.2, 0.2, 0.2])
    composed = SimpleNamespace(transforms=[SimpleNamespace(), normalise])
    for transform in (composed, normalise):
        found = find_normalisation(owner(transform=transform), 3)
        assert found.value == ([0.5, 0.4, 0.3], [0.2, 0.2, 0.2])
    assert find_normalisation(owner(transform=composed), 1) is None


def test_properties_that_fail_are_passed_over():
    class Broken:
        @property
        def classes(self):
            raise RuntimeError("not yet")

    assert find_class_names([("the data set", Broken())], 2) is None


def test_data_sets_within_data_sets_and_collate_functions_are_looked_at():
    inner = SimpleNamespace(classes=["a"])
    collate = SimpleNamespace(tokenizer=Tokenizer())
    loader = SimpleNamespace(dataset=SimpleNamespace(datasets=[inner]), collate_fn=collate)
    trainer = SimpleNamespace(datamodule=None, val_dataloaders=[loader], train_dataloader=None)
    found = [each for _, each in owners_of(trainer, nn.Linear(1, 1))]
    assert inner in found
    assert collate in found


class Called(nn.Module):
    def __init__(self, way):
        super().__init__()
        self.net = nn.Linear(3, 2)
        self._way = way

    def forward(self, *args):
        return self._way(self.net, *args)


BATCH = [torch.rand(4, 3), torch.ones(4, 3), torch.tensor([0, 1, 0, 1])]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (lambda net, x: net(x), None),
        (lambda net, x, mask: net(x * mask), Positional((0, 1))),
        (lambda net, batch: net(batch[0] * batch[1].float()), WholeBatch()),
    ],
)
def test_the_way_a_model_is_called_is_found(way, expected):
    if isinstance(expected, WholeBatch):

        def whole(net, batch):
            assert isinstance(batch, list)
            return net(batch[0])

        way = whole
    found = find_way(Called(way).eval(), BATCH, 4, None)
    assert (found.forward, found.logits.shape) == (expected, (4, 2))


def test_predict_step_is_a_way():
    class Predicts(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 2)

        def predict_step(self, batch, batch_idx):
            return self.b(self.a(batch[0]))

    assert find_way(Predicts().eval(), BATCH, 4, None).forward == PredictStep()


def test_a_reason_is_told_once_and_in_short_lines():
    long = "because " * 30
    setup = Setup("light", left_out=[LeftOut("A", long), LeftOut("B", long)])
    text = table(setup, [], None)
    assert text.count("likewise") == 1
    assert max(map(len, text.splitlines())) <= 100
    assert len(short(ValueError(long * 10))) <= 240
