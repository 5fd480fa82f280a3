import re

import pytest
import torch
from torch import nn

from lightning_callbacks.batches import BatchError, chunks, find_input, find_labels, to_model

IMAGES, LABELS = torch.rand(4, 3, 8, 8), torch.arange(4)


@pytest.mark.parametrize(
    "batch",
    [
        (IMAGES, LABELS),
        [LABELS, IMAGES],
        {"image": IMAGES, "label": LABELS},
        {"mask": torch.rand(4, 1, 8, 8), "pixel_values": IMAGES, "labels": LABELS},
        {"whatever": IMAGES, "number": LABELS},
    ],
)
def test_inputs_and_labels_are_found_in_the_usual_batches(batch):
    assert find_input(batch) is IMAGES
    assert torch.equal(find_labels(batch, 4), LABELS)


def test_a_tensor_is_its_own_input_without_labels():
    assert find_input(IMAGES) is IMAGES
    assert find_labels(IMAGES, 4) is None


def test_keys_and_indices_name_inputs_and_labels():
    batch = {"a": torch.rand(4, 3, 8, 8), "b": IMAGES, "c": torch.ones(4, 1).long(), "d": LABELS}
    assert find_input(batch, "b") is IMAGES
    assert find_labels(batch, 4, "c").tolist() == [1, 1, 1, 1]
    assert find_input((LABELS, LABELS, IMAGES), 2) is IMAGES


def test_binary_labels_may_be_floats_and_ids_are_no_labels():
    batch = {"id": torch.arange(4), "image": IMAGES, "category": torch.tensor([0.0, 1, 1, 0])}
    assert find_labels(batch, 4).tolist() == [0, 1, 1, 0]


def test_float_targets_are_no_class_labels():
    assert find_labels((IMAGES, torch.rand(4)), 4) is None


def test_what_was_found_is_listed_when_there_is_no_input():
    with pytest.raises(BatchError, match=re.escape("dict {'ids': int64 [4, 7]}. Name it with")):
        find_input({"ids": torch.zeros(4, 7).long()})


def test_a_wrong_key_is_answered_with_what_there_is():
    with pytest.raises(
        BatchError, match=r"input_key='img' is no tensor.*'x': float32 \[4, 3, 8, 8\]"
    ):
        find_input({"x": IMAGES}, "img")
    with pytest.raises(BatchError, match=r"label_key='x' holds float32 \[4, 3, 8, 8\]"):
        find_labels({"x": IMAGES}, 4, "x")
    with pytest.raises(BatchError, match="must be a tensor, tuple, list or dict"):
        find_input(7)


def test_chunks_cut_what_has_the_samples_axis():
    batch = {"x": IMAGES, "scale": torch.ones(1), "name": "n"}
    parts = list(chunks(batch, 4, 3))
    assert [(p.start, p.stop) for p, _ in parts] == [(0, 3), (3, 4)]
    assert [part["x"].shape[0] for _, part in parts] == [3, 1]
    assert parts[1][1]["scale"].shape == (1,)


def test_floating_inputs_take_the_parameters_dtype():
    moved = to_model((IMAGES, LABELS), nn.Linear(1, 1).double())
    assert (moved[0].dtype, moved[1].dtype) == (torch.float64, torch.int64)


@pytest.mark.parametrize("name", ["input_ids", "tokens", "x"])
def test_token_ids_are_found_by_name_and_are_no_labels(name):
    ids = torch.arange(28).reshape(4, 7)
    batch = {"attention_mask": torch.ones_like(ids), name: ids, "labels": LABELS}
    assert find_input(batch) is ids
    assert torch.equal(find_labels(batch, 4), LABELS)
    assert find_input((ids, LABELS)) is ids


def test_features_are_found_and_an_image_comes_before_text():
    features, ids = torch.rand(4, 5), torch.zeros(4, 7).long()
    assert find_input({"target": torch.rand(4, 2), "columns": features}) is features
    assert find_input((LABELS, features)) is features
    assert find_input({"input_ids": ids, "photo": IMAGES}) is IMAGES
