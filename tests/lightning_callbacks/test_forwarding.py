"""What of a batch reaches the model."""

import pickle
from functools import partial

import pytest
import torch
from torch import nn

from lightning_callbacks.forwarding import run

IDS = torch.arange(6).reshape(2, 3)
IMAGES = torch.rand(2, 1, 4, 4)
TEXT_BATCH = {
    "input_ids": IDS,
    "attention_mask": torch.ones_like(IDS),
    "labels": torch.zeros(2).long(),
    "names": ["a", "b"],
}


class Echo(nn.Module):
    """Returns what it was called with, by name or by place."""

    def features(self, x):
        return ("features", x)


class ByName(Echo):
    def forward(self, input_ids, attention_mask=None, labels=None):
        return {"input_ids": input_ids, "attention_mask": attention_mask, "labels": labels}


class Everything(Echo):
    def forward(self, **inputs):
        return inputs


class HandsOn(Echo):
    def forward(self, *args, **kwargs):
        return args, kwargs


class Named(Echo):
    def forward(self, x):
        return x


class Needs(Echo):
    def forward(self, input_ids, segments):
        return segments


def test_a_dict_is_passed_by_name_without_the_labels():
    seen = run(ByName(), TEXT_BATCH)
    assert seen["input_ids"] is IDS
    assert seen["attention_mask"] is TEXT_BATCH["attention_mask"]
    assert seen["labels"] is None


def test_a_forward_that_takes_all_names_is_given_all_tensors_but_labels():
    assert set(run(Everything(), TEXT_BATCH)) == {"input_ids", "attention_mask"}


def test_a_forward_that_hands_on_gets_hugging_faces_names_only():
    assert set(run(HandsOn(), TEXT_BATCH)[1]) == {"input_ids", "attention_mask"}
    args, kwargs = run(HandsOn(), {"image": IMAGES, "label": torch.arange(2)})
    assert args[0] is IMAGES
    assert not kwargs


def test_labels_are_passed_to_a_forward_that_needs_them():
    class Teacher(Echo):
        def forward(self, x, y):
            return y

    batch = {"x": IMAGES, "y": torch.arange(2)}
    assert run(Teacher(), batch) is batch["y"]


@pytest.mark.parametrize("batch", [IMAGES, (IMAGES, torch.arange(2)), {"image": IMAGES}])
def test_otherwise_the_input_tensor_is_passed(batch):
    assert run(Named(), batch) is IMAGES


def test_the_input_key_names_the_tensor():
    other = torch.rand(2, 1, 4, 4)
    assert run(Named(), {"image": IMAGES, "other": other}, input_key="other") is other


def test_a_name_calls_that_method_or_sub_module():
    model = nn.ModuleDict({"inner": ByName()})
    assert run(model, TEXT_BATCH, "inner.features") == ("features", IDS)
    assert run(model, TEXT_BATCH, "inner")["attention_mask"] is not None


def test_a_callable_is_given_the_whole_batch():
    assert run(Named(), TEXT_BATCH, lambda model, batch: batch) is TEXT_BATCH


def test_a_function_made_of_it_can_be_pickled():
    again = pickle.loads(pickle.dumps(partial(run, forward="features")))
    assert again(Echo(), IMAGES)[0] == "features"


@pytest.mark.parametrize(
    ("model", "forward", "error", "message"),
    [
        (Echo(), None, TypeError, "Echo has no forward"),
        (Needs(), None, TypeError, r"was called with its input, int64 \[2, 3\], and failed"),
        (Echo(), "nothing", AttributeError, "Echo has no 'nothing'.*parts: none"),
        (nn.Sequential(Echo()), "0.training", AttributeError, "is no method or sub-module"),
    ],
)
def test_what_does_not_fit_is_said(model, forward, error, message):
    with pytest.raises(error, match=message):
        run(model, TEXT_BATCH, forward)
