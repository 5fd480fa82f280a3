import pytest
import torch

from lightning_callbacks.tokens import token_texts

IDS = torch.tensor([[0, 2], [1, 9]])
WORDS = ["[PAD]", "free", "money"]


class HuggingFace:
    """Ids that are not in the vocabulary are None there."""

    def convert_ids_to_tokens(self, ids):
        return [dict(enumerate(WORDS)).get(i) for i in ids]


@pytest.mark.parametrize(
    "tokenizer",
    [
        WORDS,
        HuggingFace(),
        dict(enumerate(WORDS)),
        {word: index for index, word in enumerate(WORDS)},
        lambda ids: [WORDS[i] if i < 3 else "9" for i in ids],
    ],
    ids=["list", "Hugging Face", "by id", "by text", "function"],
)
def test_ids_become_texts(tokenizer):
    assert token_texts(IDS, tokenizer) == [["[PAD]", "money"], ["free", "9"]]


def test_without_a_tokenizer_the_ids_are_shown():
    assert token_texts(IDS, None) == [["0", "2"], ["1", "9"]]


def test_a_tokenizer_that_does_not_fit_is_named():
    with pytest.raises(TypeError, match="tokenizer is a int; expected"):
        token_texts(IDS, 3)
    with pytest.raises(ValueError, match="made 'free' of 2 ids; expected one text for each"):
        token_texts(IDS, lambda ids: "free")
