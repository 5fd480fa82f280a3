"""LightningModules as people write them, each in another way, and data that say what they are."""

from __future__ import annotations

from typing import Any, ClassVar

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset

COUNT = 48
_GENERATOR = torch.Generator().manual_seed(0)
_IMAGES = torch.rand(COUNT, 3, 16, 16, generator=_GENERATOR)
_IDS = torch.randint(5, 50, (COUNT, 12), generator=_GENERATOR)
_TABLE = torch.randn(COUNT, 6, generator=_GENERATOR)


class Own(pl.LightningModule):
    """What all have in common."""

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), 1e-3)

    def loss(self, batch: Any) -> Tensor:
        raise NotImplementedError

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        return self.loss(batch)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", self.loss(batch), batch_size=8)


class Pictures(Dataset[Any]):
    """Batches are dicts whose names are nobody else's."""

    class_to_idx: ClassVar = {"cup": 2, "dog": 0, "axe": 1, "hat": 3}

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"picture": _IMAGES[index], "digit": index % 4, "path": f"{index}.png"}


class OddForward(Own):
    """An image net whose forward takes the whole batch and returns a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 8, 3, padding=1),
            nn.ReLU(),
        )
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(8, 4)

    def forward(self, batch: dict[str, Any]) -> dict[str, Tensor]:
        pooled = self.backbone(batch["picture"]).mean((2, 3))
        return {"embedding": pooled, "logits": self.fc(self.drop(pooled))}

    def loss(self, batch: Any) -> Tensor:
        return functional.cross_entropy(self(batch)["logits"], batch["digit"])


class Messages(Dataset[Any]):
    """Batches are dicts of token ids and a mask of padding."""

    vocab: ClassVar = {f"word{index}": index for index in range(50)}

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> dict[str, Any]:
        length = 12 - index % 3
        ids = torch.where(torch.arange(12) < length, _IDS[index], 0)
        return {"sentence": ids, "pad": torch.arange(12) >= length, "spam": index % 2}


class Words(Own):
    """A transformer whose arguments are called as the batch calls them."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 2)

    def forward(self, sentence: Tensor, pad: Tensor) -> Tensor:
        tokens = self.encoder(self.words(sentence), src_key_padding_mask=pad)
        return self.head(tokens[:, 0])

    def loss(self, batch: Any) -> Tensor:
        return functional.cross_entropy(self(batch["sentence"], batch["pad"]), batch["spam"])


class Houses(TensorDataset):
    """Rows of numbers and a number to predict; the columns have names."""

    feature_names = ("age", "income", "rooms", "lat", "lon", "floor")

    def __init__(self) -> None:
        super().__init__(_TABLE, _TABLE[:, :1] * 2 - _TABLE[:, 1:2])


class Price(Own):
    """A regression without a forward: its steps call a part."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))

    def loss(self, batch: Any) -> Tensor:
        return functional.mse_loss(self.net(batch[0]), batch[1])


class Bert(Own):
    """A tiny Hugging Face model, with random weights."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import BertConfig, BertForSequenceClassification

        sizes = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
        config = BertConfig(vocab_size=50, num_hidden_layers=2, num_labels=2, **sizes)
        config.id2label = {0: "ham", 1: "spam"}
        self.model = BertForSequenceClassification(config)

    def forward(self, **batch: Tensor) -> Any:
        return self.model(**batch)

    def loss(self, batch: Any) -> Tensor:
        return self(**batch).loss


class Encoded(Messages):
    """As Hugging Face's tokenizers and models name things."""

    def __getitem__(self, index: int) -> dict[str, Any]:
        own = super().__getitem__(index)
        mask = (~own["pad"]).long()
        return {"input_ids": own["sentence"], "attention_mask": mask, "labels": own["spam"]}


class Tokens(Own):
    """Recurrent; called with several items of a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 16)
        self.memory = nn.LSTM(16, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        states, _ = self.memory(self.words(ids))
        weights = mask.unsqueeze(2) / mask.sum(1)[:, None, None]
        return self.head((states * weights).sum(1))

    def loss(self, batch: Any) -> Tensor:
        ids, mask, labels = batch
        return functional.cross_entropy(self(ids, mask), labels)


def triples() -> TensorDataset:
    """Returns (ids, mask, label) of messages."""
    items = [Encoded()[index] for index in range(COUNT)]
    ids, mask = (
        torch.stack([item[key] for item in items]) for key in ("input_ids", "attention_mask")
    )
    return TensorDataset(ids, mask, torch.arange(COUNT) % 2)


def loaders(data: Dataset[Any]) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Returns a shuffled training loader and a validation loader."""
    return DataLoader(data, 8, shuffle=True), DataLoader(data, 8)
