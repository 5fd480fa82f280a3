"""Trains a small transformer to tell spam from mail, and records where its heads look.

Usage: python -m demo.spam [LOGDIR]
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from demo import command_line
from lightning_callbacks import (
    ActivationMonitor,
    AttentionMonitor,
    AttributionMonitor,
    ExplanationQualityMonitor,
    GlobalAttributionMonitor,
    GradientMonitor,
    ModelGraphMonitor,
    OutputMonitor,
    Probe,
    WeightMonitor,
)

DATA = Path(__file__).parent / "data" / "spam_assassin_3k.csv.gz"
PARTS = ("train", "test")
CLASS_NAMES = ("mail", "spam")
EPOCHS = 12
LONGEST = 64  # tokens, [CLS] included; half of the messages are longer
LEAST_OFTEN = 2  # rarer words of the training part are unknown ones
PADDING, UNKNOWN, CLASS = "[PAD]", "[UNK]", "[CLS]"
PADDING_ID, UNKNOWN_ID, CLASS_ID = 0, 1, 2
SPAM = 1
# How messages are attributed to their words.
METHODS = ["deeplift", "integrated_gradients", "kernel_shap", "attention_relevance"]
SUMMARISED = 200  # test messages
# Tokens are words, numbers, what the data has in place of links and addresses, and other signs.
TOKEN = re.compile(r"<url>|<email>|[a-z']+|[0-9]+|[^\sa-z0-9]")
# How the test messages begin that are explained: short, readable, of both classes in turn.
PROBE = (
    "World's funniest joke revealed.",
    "Clear Up Your Credit Online.",
    "You can't beat city hall.",
    "Two Weeks To $3,500 Cash",
    "Failed mail: Banned or potentially offensive material.",
    "Tired Of Your High Mortgage Rate",
    "Brown budget plans in disarray.",
    "Wishing you a wonderful day.",
    "kitty wants to play",
    "You cannot do that!.",
    "spam maps.",
    "Your Agent in Saudi Arabia.",
)
SHOWN = 4  # of these, have their maps recorded


def tokenise(text: str) -> list[str]:
    """Returns the tokens of a message, in lower case, without [CLS]."""
    return TOKEN.findall(text.lower())


@dataclass(frozen=True)
class Spam:
    """Messages, labels (1: spam) and the words known, by id."""

    train_texts: Sequence[str]
    train_labels: Tensor
    test_texts: Sequence[str]
    test_labels: Tensor
    vocabulary: list[str]

    def encode(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Returns (ids, mask) int64 [N, T]; T is that of the longest, at most LONGEST."""
        ids = {word: index for index, word in enumerate(self.vocabulary)}
        rows = [[CLASS, *tokenise(text)][:LONGEST] for text in texts]
        padded = torch.full((len(rows), max(map(len, rows))), PADDING_ID)
        for n, row in enumerate(rows):
            padded[n, : len(row)] = torch.tensor([ids.get(word, UNKNOWN_ID) for word in row])
        return padded, (padded != PADDING_ID).long()


def load() -> Spam:
    """Returns 2,400 messages to train on and 600 to test."""
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {part: [row["text"] for row in rows if row["split"] == part] for part in PARTS}
    labels = {
        part: torch.tensor([int(row["spam"]) for row in rows if row["split"] == part])
        for part in PARTS
    }
    counts = Counter(word for text in texts["train"] for word in tokenise(text))
    words = sorted(word for word, count in counts.items() if count >= LEAST_OFTEN)
    vocabulary = [PADDING, UNKNOWN, CLASS, *words]
    return Spam(texts["train"], labels["train"], texts["test"], labels["test"], vocabulary)


def probe(data: Spam) -> Probe:
    """Returns the messages of PROBE, with their words."""
    places = [
        next(n for n, text in enumerate(data.test_texts) if text.startswith(beginning))
        for beginning in PROBE
    ]
    ids, mask = data.encode([data.test_texts[place] for place in places])
    batch = {"input_ids": ids, "attention_mask": mask, "label": data.test_labels[places]}
    return Probe(batch, class_names=CLASS_NAMES, tokenizer=data.vocabulary)


def many(data: Spam) -> Probe:
    """Returns the test messages whose words are summed up."""
    ids, mask = data.encode(data.test_texts[:SUMMARISED])
    batch = {"input_ids": ids, "attention_mask": mask, "label": data.test_labels[:SUMMARISED]}
    return Probe(batch, class_names=CLASS_NAMES, tokenizer=data.vocabulary)


class SpamClassifier(pl.LightningModule):
    """Words and places, three layers of four heads, and a linear head on [CLS].

    Args:
      words: how many the vocabulary has.
      total_steps: of the training.
      width: of a token's vector.
    """

    def __init__(self, words: int, total_steps: int, width: int = 64) -> None:
        super().__init__()
        self.total_steps = total_steps
        self.words = nn.Embedding(words, width, padding_idx=PADDING_ID)
        self.places = nn.Embedding(LONGEST, width)
        layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.2, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, len(CLASS_NAMES))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Returns logits [N, 2] of ids and mask (1: real) [N, T]."""
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        tokens = self.words(input_ids) + self.places(places)
        tokens = self.encoder(tokens, src_key_padding_mask=attention_mask == 0)
        return self.head(self.norm(tokens[:, 0]))

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Returns the cross-entropy."""
        ids, mask, labels = batch
        loss = nn.functional.cross_entropy(self(ids, mask), labels)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Logs loss and accuracy."""
        ids, mask, labels = batch
        logits = self(ids, mask)
        self.log("val_loss", nn.functional.cross_entropy(logits, labels))
        accuracy = (logits.argmax(1) == labels).float().mean()
        self.log("val_accuracy", accuracy, prog_bar=True)

    def configure_optimizers(self) -> Any:
        """Returns AdamW with a one-cycle schedule."""
        optimizer = torch.optim.AdamW(self.parameters(), weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=2e-3, total_steps=self.total_steps
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def monitors(data: Spam) -> list[Any]:
    """Returns what the demo records."""
    shared = probe(data)
    return [
        AttentionMonitor(samples=SHOWN, probe=shared),
        AttributionMonitor(METHODS, targets=SPAM, probe=shared, special=[CLASS_ID]),
        GlobalAttributionMonitor("deeplift", targets=SPAM, probe=many(data), special=[CLASS_ID]),
        ExplanationQualityMonitor(
            METHODS[:2], target=SPAM, probe=shared, special=[CLASS_ID], every_n_epochs=4
        ),
        ActivationMonitor(probe=shared),
        GradientMonitor(),
        WeightMonitor(),
        OutputMonitor(class_names=CLASS_NAMES),
        ModelGraphMonitor(probe=shared),
    ]


def train(  # noqa: PLR0913  # what the demos vary
    root: Path,
    data: Spam,
    *,
    epochs: int,
    callbacks: list[Any],
    name: str = "spam",
    model: SpamClassifier | None = None,
    progress: bool = True,
) -> tuple[SpamClassifier, float]:
    """Trains the run `name` below `root`; returns the model and its accuracy on the test part.

    `model` is trained on; None: a new one.
    """
    pl.seed_everything(1, verbose=False)
    training = TensorDataset(*data.encode(data.train_texts), data.train_labels)
    test = TensorDataset(*data.encode(data.test_texts), data.test_labels)
    loader = DataLoader(training, 32, shuffle=True)
    model = model or SpamClassifier(len(data.vocabulary), 0)
    model.total_steps = epochs * len(loader)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        callbacks=callbacks,
        logger=pl.loggers.TensorBoardLogger(root, name=name),
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=progress,
    )
    trainer.fit(model, loader, DataLoader(test, 200))
    return model, float(trainer.callback_metrics["val_accuracy"])


def main() -> None:
    """Trains, and says what to open."""
    options = command_line.options("demo.spam", __doc__, epochs=EPOCHS)
    data = load()
    _, accuracy = train(options.logdir, data, epochs=options.epochs, callbacks=monitors(data))
    command_line.say_done(options.logdir, f"{accuracy:.1%} of the test messages are told apart.")


if __name__ == "__main__":
    main()
