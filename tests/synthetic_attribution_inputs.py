"""Invented inputs of each kind, and what a trained model's predictions would rest on in them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

# Words that tell spam (positive) and ham (negative) apart, in logits of spam.
WEIGHTS = {
    "free": 1.6, "prize": 1.9, "winner": 1.8, "win": 1.4, "won": 1.2, "##ner": 0.7, "prices": 1.1,
    "watches": 0.6, "claim": 0.9, "meeting": -1.5, "monday": -0.9, "notes": -1.2, "thanks": -1.0,
    "moved": -0.4, "##schein": 0.8, "!": 0.5, "send": -0.3, "reply": 0.4,
}  # fmt: skip
TEXTS = (
    "[CLS] claim your free prize now before it is gone ! [SEP]",
    "[CLS] the meeting is moved to monday at ten , thanks [SEP]",
    "[CLS] win ##ner ! you were chosen among thousands , reply today to win a gut ##schein [SEP]",
    "[CLS] could you send me the notes of last week ? it would help me a lot for monday [SEP]",
    "[CLS] lowest prices on all our watches , free ship ##ping [SEP]",
    "[CLS] you won <b> nothing </b> , the meeting stands [SEP]",
)
FEATURES = (
    ("checking account", None, ("none", "below 0", "0 to 200", "above 200")),
    ("duration", "months", None),
    ("credit amount", "DM", None),
    ("age", "years", None),
    ("purpose", None, ("car", "furniture", "television", "business", "repairs")),
    ("savings", None, ("unknown", "below 100", "100 to 500", "above 500")),
    ("instalment rate", "% of income", None),
    ("years at address", "years", None),
    ("telephone", None, ("no", "yes")),
    ("dependants", None, None),
)
USED = (0, 1)  # features that the rule rests on


@dataclass(frozen=True)
class Inputs:
    """Samples of one kind.

    Attributes:
      shape: of one, as the probe states it.
      class_names: of the model.
      labels: int [N].
      planted: float [N, ...], what a trained model's logit of the label rests on.
      fields: of the probe record, beyond those that all have.
      arrays: likewise.
    """

    shape: list[int]
    class_names: list[str]
    labels: np.ndarray
    planted: np.ndarray
    fields: Mapping[str, object]
    arrays: Mapping[str, np.ndarray]


def text_inputs(samples: int) -> Inputs:
    """Returns mails; some words of `WEIGHTS` decide."""
    texts = [TEXTS[n % len(TEXTS)].split() for n in range(samples)]
    longest = max(map(len, texts))
    padded = [text + ["[PAD]"] * (longest - len(text)) for text in texts]
    spam = np.array([[WEIGHTS.get(token, 0.0) for token in text] for text in padded])
    labels = (spam.sum(axis=1) > 0).astype(int)
    signs = np.where(labels == 1, 1.0, -1.0)
    return Inputs(
        shape=[longest],
        class_names=["ham", "spam"],
        labels=labels,
        planted=spam * signs[:, None],
        fields={"tokens": padded},
        arrays={},
    )


def table(rows: int, *, seed: int = 0) -> np.ndarray:
    """Returns float [rows, F]: values of `FEATURES`, in their units."""
    drawn = np.random.default_rng([seed, 5])
    columns = [drawn.integers(len(names), size=rows) if names else None for *_, names in FEATURES]
    columns[1] = drawn.integers(4, 61, rows)
    columns[2] = np.rint(np.exp(drawn.normal(7.8, 0.7, rows)))
    columns[3] = drawn.integers(19, 75, rows)
    columns[6] = drawn.integers(1, 5, rows)
    columns[7] = drawn.integers(1, 30, rows)
    columns[9] = drawn.integers(1, 3, rows)
    return np.stack([np.asarray(column, float) for column in columns], axis=1)


def rule(values: np.ndarray) -> np.ndarray:
    """Returns float [rows, F]: what the logit of "bad" rests on, around the average row.

    A long duration weighs more where the checking account is below zero: the two interact.
    """
    rests = np.zeros_like(values)
    account, months = values[:, USED[0]], values[:, USED[1]]
    rests[:, USED[0]] = np.array([-1.1, 1.3, 0.3, -0.4])[account.astype(int)]
    rests[:, USED[1]] = (months - 32) / 20 * np.where(account == 1, 1.5, 0.8)
    return rests


def tabular_inputs(samples: int) -> Inputs:
    """Returns loans; two columns of ten decide."""
    values = table(samples)
    bad = rule(values)
    labels = (bad.sum(axis=1) > 0).astype(int)
    signs = np.where(labels == 1, 1.0, -1.0)
    features = [
        {"name": name, "unit": unit, "categories": list(names) if names else None}
        for name, unit, names in FEATURES
    ]
    return Inputs(
        shape=[len(FEATURES)],
        class_names=["good", "bad"],
        labels=labels,
        planted=bad * signs[:, None],
        fields={"features": features},
        arrays={"values": values.astype(np.float32)},
    )


def series_inputs(samples: int, channels: int = 3, length: int = 160) -> Inputs:
    """Returns heartbeats of several leads; a bump in the second one decides."""
    drawn = np.random.default_rng(9)
    t = np.arange(length) / length
    labels = np.arange(samples) % 2
    centres = 0.3 + 0.4 * drawn.random(samples)
    bump = np.exp(-(((t - centres[:, None]) / 0.03) ** 2))
    phases = drawn.random((samples, channels, 1))
    beats = np.maximum(0, np.sin(2 * np.pi * (6 * t + phases))) ** 9
    signals = beats * np.array([1.0, 0.7, 0.45])[:channels, None]
    signals = signals + 0.04 * drawn.normal(size=signals.shape)
    signals[:, 1] += 0.8 * bump * labels[:, None]
    planted = np.zeros_like(signals)
    # Where there is none, its absence speaks for the other class; the beats before speak against.
    planted[:, 1] = 0.12 * bump * np.where(labels == 1, 1.0, 0.35)[:, None]
    planted[:, 0] = -0.02 * beats[:, 0]
    return Inputs(
        shape=[channels, length],
        class_names=["normal", "ectopic"],
        labels=labels,
        planted=planted,
        fields={},
        arrays={"signals": signals.astype(np.float32)},
    )


def image_inputs(samples: int, size: int = 64) -> Inputs:
    """Returns discs and squares in a meadow; their outline decides, the sky speaks against it."""
    y, x = np.mgrid[:size, :size] / size
    labels = np.arange(samples) % 2
    pictures, planted = [], []
    for n, label in enumerate(labels):
        cx, cy = 0.3 + 0.1 * (n % 5), 0.35 + 0.07 * (n % 4)
        radius = np.hypot(x - cx, y - cy)
        if label:
            radius = np.maximum(np.abs(x - cx), np.abs(y - cy))
        pictures.append(_png(x, y, radius < 0.18))
        outline = np.exp(-(((radius - 0.18) / 0.03) ** 2))
        planted.append(0.02 * outline - 0.006 * (y < 0.2) * np.cos(12 * x + n) ** 2)
    return Inputs(
        shape=[3, size, size],
        class_names=["disc", "square"],
        labels=labels,
        planted=np.array(planted),
        fields={"display": "as is"},
        arrays={
            "images": np.frombuffer(b"".join(pictures), np.uint8),
            "image_ends": np.cumsum([len(each) for each in pictures], dtype=np.int64),
        },
    )


def _png(x: np.ndarray, y: np.ndarray, inside: np.ndarray) -> bytes:
    meadow = np.stack([0.30 + 0.1 * np.sin(40 * x), 0.45 + 0.1 * np.cos(31 * x + 20 * y), 0 * x], 2)
    sky = np.stack([0.55 + 0 * x, 0.65 + 0.2 * y, 0.85 + 0 * x], 2)
    ground = np.where((y < 0.3)[..., None], sky, meadow)
    pixels = np.where(inside[..., None], [0.85, 0.45, 0.2], ground)
    buffer = io.BytesIO()
    Image.fromarray((255 * pixels.clip(0, 1)).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


INPUTS: Mapping[str, Callable[[int], Inputs]] = {
    "text": text_inputs,
    "tabular": tabular_inputs,
    "series": series_inputs,
    "image": image_inputs,
}
