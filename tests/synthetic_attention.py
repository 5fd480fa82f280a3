"""Writes event files with invented but well-formed records of attention, without torch.

Heads look at the token before, the next one, themselves, the first token, or broadly; with
training they grow sharper.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tb_explain import schema
from tests.synthetic_runs import RecordWriter

SENTENCES = (
    "[CLS] claim your free prize now before it is gone [SEP]",
    "[CLS] the meeting is moved to monday at ten [SEP]",
    "[CLS] winner ! you were chosen among thousands , reply today to win [SEP]",
    "[CLS] could you send me the notes of last week ? [SEP]",
    "[CLS] lowest prices on all our watches [SEP]",
)
CLASS_NAMES = ("ham", "spam")


@dataclass(frozen=True)
class AttentionShape:
    """How much a synthetic run of a transformer holds.

    Attributes:
      grid: cells of a picture, (height, width); None: text.
      kept: largest weights stored per row; None: all.
    """

    layers: int = 4
    heads: int = 4
    epochs: int = 6
    grid: tuple[int, int] | None = None
    kept: int | None = None
    samples: int = 5
    tokens: int = 0  # of each text; 0: as the sentences have
    steps_per_epoch: int = 50
    size: int = 56  # pixels of a picture's side

    @property
    def texts(self) -> list[list[str]]:
        """The tokens of each sample of a text probe."""
        words = [SENTENCES[n % len(SENTENCES)].split() for n in range(self.samples)]
        if not self.tokens:
            return words
        return [(each * self.tokens)[: self.tokens] for each in words]

    @property
    def lengths(self) -> list[int]:
        """Real tokens of each sample."""
        if self.grid:
            return [1 + self.grid[0] * self.grid[1]] * self.samples
        return [len(each) for each in self.texts]

    @property
    def layer_table(self) -> list[dict]:
        """The entries of `layers` in a record."""
        return [
            {"name": f"blocks.{n}.attn", "heads": self.heads, "source": "function"}
            for n in range(self.layers)
        ]


def write_attention_run(run_dir: Path, shape: AttentionShape, *, seed: int = 0) -> None:
    """Writes one run: a probe, and attention from untrained to the last epoch."""
    writer = RecordWriter(run_dir)
    for epoch in range(schema.UNTRAINED_EPOCH, shape.epochs):
        records = attention_records(shape, epoch, seed=seed)
        writer.write(*records, wall_time=1.8e9 + 60.0 * epoch)
    writer.close()


def attention_records(
    shape: AttentionShape, epoch: int, *, seed: int = 0, monitor: str = "attention"
) -> list[schema.Record]:
    """Returns what an attention monitor records after `epoch` (-1: and the probe)."""
    step = (epoch + 1) * shape.steps_per_epoch
    common = {"monitor": monitor, "step": step, "epoch": epoch, "written": epoch + 2}
    maps = _maps(shape, epoch, seed)
    records = [
        schema.Record("predictions", **common, **_predictions(shape, epoch, seed)),
        schema.Record("attention_statistics", **common, **_statistics(shape, maps)),
        schema.Record("attention", **common, **_attention(shape, maps)),
    ]
    if epoch == schema.UNTRAINED_EPOCH:
        records.insert(0, schema.Record("probe", **common, **_probe(shape)))
    return records


def _digest(shape: AttentionShape) -> str:
    return f"synthetic-{'image' if shape.grid else 'text'}-{shape.samples}-{shape.tokens}"


def _probe(shape: AttentionShape) -> dict[str, dict]:
    N = shape.samples
    prefix = "image" if shape.grid else "text"
    fields = {
        "digest": _digest(shape),
        "hashes": [f"{prefix}{n:012x}" for n in range(N)],
        "names": [f"{n}" for n in range(N)],
        "modality": prefix,
        "store_inputs": "thumbnail",
        "display": "as is",
        "shape": [1, shape.size, shape.size] if shape.grid else [max(shape.lengths)],
        "class_names": list(CLASS_NAMES),
        "tokens": None if shape.grid else shape.texts,
    }
    arrays = {"labels": ((np.arange(N) + 1) % 2).astype(np.int32)}
    if shape.grid:
        pictures = [_png(shape.size, n) for n in range(N)]
        arrays["images"] = np.frombuffer(b"".join(pictures), np.uint8)
        arrays["image_ends"] = np.cumsum([len(p) for p in pictures], dtype=np.int64)
    return {"fields": fields, "arrays": arrays}


def _png(size: int, n: int) -> bytes:
    y, x = np.mgrid[:size, :size] / size
    middle = 0.35 + 0.3 * ((n % 3) / 2)
    disc = (x - middle) ** 2 + (y - 0.5) ** 2 < 0.05
    sky = np.stack([0.35 + 0.3 * y, 0.5 + 0.2 * y, 0.75 - 0.2 * y], axis=2)
    pixels = np.where(disc[..., None], [0.95, 0.75, 0.2], sky)
    buffer = io.BytesIO()
    Image.fromarray((255 * pixels).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def _predictions(shape: AttentionShape, epoch: int, seed: int) -> dict[str, dict]:
    N = shape.samples
    labels = (np.arange(N) + 1) % 2
    drawn = np.random.default_rng([seed, 7]).normal(size=N)
    right = 1 / (1 + np.exp(-(drawn + 0.6 * (epoch + 1))))
    classes = np.where((right >= 0.5)[:, None], [0, 1], [1, 0])
    classes = np.where((labels == 1)[:, None], classes[:, ::-1], classes)
    top = np.maximum(right, 1 - right)
    arrays = {
        "classes": classes.astype(np.int32),
        "scores": np.stack([top, 1 - top], axis=1).astype(np.float32),
        "label_score": right.astype(np.float32),
        "loss": -np.log(right).astype(np.float32),
    }
    return {
        "fields": {"probe": _digest(shape), "activation": "softmax", **status()},
        "arrays": arrays,
    }


def status(gap: str | None = None) -> dict:
    """Returns what a monitor says of itself."""
    return {
        "cost_ms": 21.5,
        "overhead": 0.006,
        "every": "every epoch",
        "weights": "raw",
        "notes": [],
        "gap": gap,
    }


def _maps(shape: AttentionShape, epoch: int, seed: int) -> np.ndarray:
    """Returns float32 [L, n, H, T, T]: rows sum to 1 over real tokens, padding is 0."""
    T = max(shape.lengths)
    sharp = 0.3 + 2.2 * (epoch + 1) / max(1, shape.epochs)
    scores = np.stack(
        [
            [_scores(shape, layer + 3 * seed, head, T) for head in range(shape.heads)]
            for layer in range(shape.layers)
        ]
    )
    noise = np.random.default_rng([seed, 11]).normal(
        size=(shape.layers, shape.samples, shape.heads, T, T)
    )
    weights = np.exp(sharp * scores[:, None] + 0.5 * noise).astype(np.float32)
    for n, length in enumerate(shape.lengths):
        weights[:, n, :, :, length:] = 0
        weights[:, n, :, length:] = 0
    sums = weights.sum(-1, keepdims=True)
    return weights / np.where(sums > 0, sums, 1)


def _scores(shape: AttentionShape, layer: int, head: int, T: int) -> np.ndarray:
    """Returns float [T, T]: the taste of one head."""
    query, key = np.mgrid[:T, :T]
    if shape.grid:
        return _grid_scores(shape.grid, (layer + head) % 4, T)
    taste = (layer + head) % 5
    if taste == 4:
        return 0.4 * np.cos(0.7 * (layer + 1) * key)
    if taste == 3:
        return 2.0 * (key == 0)
    return 2.0 * (key - query == taste - 1)


def _grid_scores(grid: tuple[int, int], taste: int, T: int) -> np.ndarray:
    height, width = grid
    cell = np.arange(T) - 1
    y, x = cell // width / height, cell % width / width
    if taste == 0:
        middle = np.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) / 0.05)
        return 2.0 * np.broadcast_to(middle, (T, T))
    distance = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    if taste == 1:
        return 2.0 * np.exp(-distance / 0.03)
    if taste == 2:
        return 2.0 * np.exp(-((y[:, None] - y) ** 2) / 0.01)
    return 1.5 * np.broadcast_to(np.arange(T) == 0, (T, T))


def _statistics(shape: AttentionShape, maps: np.ndarray) -> dict[str, dict]:
    T = maps.shape[-1]
    query, key = np.mgrid[:T, :T]
    distance = np.abs(query - key)
    if shape.grid:
        y, x = np.divmod(np.maximum(0, np.arange(T) - 1), shape.grid[1])
        distance = np.hypot(y[:, None] - y, x[:, None] - x)
    log = np.log(np.where(maps > 0, maps, 1))
    arrays = {
        "entropy": _mean_over_tokens(shape, -(maps * log).sum(-1)),
        "distance": _mean_over_tokens(shape, (maps * distance).sum(-1)),
        "first": _mean_over_tokens(shape, maps[..., 0]),
    }
    return {
        "fields": {"probe": _digest(shape), "layers": shape.layer_table},
        "arrays": arrays,
    }


def _mean_over_tokens(shape: AttentionShape, values: np.ndarray) -> np.ndarray:
    """Returns float32 [L, H]: the mean of `values` [L, n, H, T] over real tokens."""
    real = np.arange(values.shape[-1]) < np.array(shape.lengths)[:, None]
    weighted = values * real[None, :, None]
    return (weighted.sum((1, 3)) / real.sum()).astype(np.float32)


def _attention(shape: AttentionShape, maps: np.ndarray) -> dict[str, dict]:
    arrays: dict[str, np.ndarray] = {}
    for layer, weights in enumerate(maps):
        arrays |= stored(f"{layer}", weights, shape.kept)
    rollout = _rollout(maps)
    first = rollout[:, 0]
    arrays["rollout"] = (first / first.sum(-1, keepdims=True)).astype(np.float32)
    arrays["relevance"] = (first * (1 + np.cos(np.arange(first.shape[-1])))).astype(np.float32)
    fields = {
        "probe": _digest(shape),
        "samples": list(range(shape.samples)),
        "lengths": shape.lengths,
        "prefix": 1 if shape.grid else 0,
        "grid": list(shape.grid) if shape.grid else None,
        "layers": shape.layer_table,
        "rollout_from": "first token",
        "target": "prediction",
    }
    return {"fields": fields, "arrays": arrays}


def stored(layer: str, weights: np.ndarray, kept: int | None) -> dict[str, np.ndarray]:
    """Returns the arrays that hold `weights`, float32 [n, H, Tq, Tk]."""
    name = f"map.{layer}"
    index = None
    if kept is not None:
        index = np.argsort(-weights, axis=-1)[..., :kept]
        weights = np.take_along_axis(weights, index, -1)
    rows = weights.reshape(-1, weights.shape[-1])
    counts, scale = schema.quantise(rows, signed=False)
    arrays = {
        name: counts.reshape(weights.shape),
        f"{name}.scale": scale.reshape(weights.shape[:3]),
    }
    return arrays | ({} if index is None else {f"index.{layer}": index.astype(np.int32)})


def _rollout(maps: np.ndarray) -> np.ndarray:
    """Returns float32 [n, T, T]: rollout of the mean head, after Abnar & Zuidema 2020."""
    mixed = 0.5 * maps.mean(2) + 0.5 * np.eye(maps.shape[-1], dtype=np.float32)
    joint = mixed[0]
    for layer in mixed[1:]:
        joint = layer @ joint
    return joint
