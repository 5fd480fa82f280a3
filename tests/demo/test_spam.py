"""The text demo: its data, its probe, and that it learns and records."""

import pytest
import torch

from demo import spam
from lightning_callbacks.probe import draw
from tests import toys


@pytest.fixture(scope="module")
def data() -> spam.Spam:
    return spam.load()


def test_words_numbers_and_placeholders_are_tokens():
    assert spam.tokenise("Don't pay $3,500: <URL>!") == [
        "don't", "pay", "$", "3", ",", "500", ":", "<url>", "!",
    ]  # fmt: skip


def test_messages_are_balanced_and_encoded_up_to_a_length(data):
    assert (len(data.train_texts), len(data.test_texts)) == (2400, 600)
    assert data.train_labels.float().mean() == pytest.approx(0.5, abs=0.01)
    ids, mask = data.encode(["free money", "word " * 100])
    assert ids.shape == (2, spam.LONGEST)
    assert [data.vocabulary[i] for i in ids[0, :4]] == ["[CLS]", "free", "money", "[PAD]"]
    assert mask.sum(1).tolist() == [3, spam.LONGEST]


def test_the_probe_is_short_readable_messages_of_both_classes_in_turn(data):
    drawn = draw(spam.probe(data))
    assert drawn.labels.tolist() == [0, 1] * (len(spam.PROBE) // 2)
    assert drawn.tokens[0][:3] == ["[CLS]", "world's", "[UNK]"]
    assert drawn.inputs.shape[1] <= 60
    real = drawn.batch["attention_mask"].bool()
    assert (drawn.inputs[real] == spam.UNKNOWN_ID).float().mean() < 0.08


@pytest.mark.slow
def test_it_learns_and_records_attention_and_the_graph(tmp_path, data, monkeypatch):
    monkeypatch.setattr(spam, "SUMMARISED", 40)
    torch.manual_seed(0)
    _, accuracy = spam.train(
        tmp_path, data, epochs=3, callbacks=spam.monitors(data), progress=False
    )
    assert accuracy > 0.88
    records = toys.read_records(tmp_path)
    assert [record.epoch for record in toys.of_kind(records, "attention")] == [-1, 0, 1, 2]
    assert toys.of_kind(records, "attention")[-1].fields["rollout_from"] == "first token"
    (graph,) = toys.of_kind(records, "graph")
    assert graph.fields["notes"] == []
    first, last = (toys.of_kind(records, "attention_statistics")[n].arrays for n in (0, -1))
    assert last["entropy"][0].mean() < first["entropy"][0].mean()
