"""What `AttentionMonitor` writes, and that training does not notice."""

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader

from lightning_callbacks import (
    ActivationMonitor,
    AttentionMonitor,
    GradientMonitor,
    ModelGraphMonitor,
    MonitorWarning,
    Probe,
    WeightMonitor,
    attention_maps,
)
from tb_explain import schema
from tests import attention_toys, toys


class TextModule(toys.Classifier):
    def __init__(self) -> None:
        super().__init__(attention_toys.TextClassifier())

    def forward(self, input_ids, attention_mask):
        return self.net(input_ids, attention_mask)

    def training_step(self, batch, batch_idx):
        logits = self(batch["input_ids"], batch["attention_mask"])
        return nn.functional.cross_entropy(logits, batch["label"])

    def validation_step(self, batch, batch_idx):
        self.training_step(batch, batch_idx)


def train_text(root, *callbacks):
    pl.seed_everything(3, verbose=False)
    module = TextModule()
    trainer = toys.trainer(root, *callbacks)
    loader = DataLoader(attention_toys.texts(8), 4, shuffle=True)
    trainer.fit(module, loader, DataLoader(attention_toys.texts(8), 4))
    return module


def train_images(root, *callbacks, net=None):
    pl.seed_everything(3, verbose=False)
    module = toys.Classifier(net or attention_toys.VisionTransformer())
    toys.trainer(root, *callbacks, max_epochs=1).fit(module, *toys.loaders(16))
    return module


def records(root, kind):
    return toys.of_kind(toys.read_records(root), kind)


def full(record, layer: int) -> np.ndarray:
    """Returns a record's map, float32 [n, H, Tq, Tk], of rows that were kept whole."""
    maps = record.arrays[f"map.{layer}"]
    scale = record.arrays[f"map.{layer}.scale"]
    return maps.astype(np.float32) * scale[..., None]


def test_text_is_recorded_with_maps_statistics_and_predictions(tmp_path):
    samples = attention_toys.texts(6)
    words = [f"w{n}" for n in range(20)]
    probe = Probe(samples, tokenizer=words)
    module = train_text(tmp_path, AttentionMonitor(samples=4, probe=probe, strict=True))
    (probe_record,) = records(tmp_path, "probe")
    assert probe_record.fields["tokens"][0][0] == words[samples[0]["input_ids"][0]]
    assert [r.step for r in records(tmp_path, "predictions")] == [0, 2, 4]
    last = records(tmp_path, "attention")[-1]
    fields = last.fields
    assert fields["lengths"] == [3, 4, 5, 6]
    assert (fields["prefix"], fields["grid"], fields["samples"]) == (0, None, [0, 1, 2, 3])
    assert (fields["rollout_from"], fields["target"]) == ("mean of tokens", "prediction")
    assert fields["layers"][1] == {"name": "net.blocks.1", "heads": 2, "source": "function"}
    expected = attention_maps(module, torch.utils.data.default_collate(samples))
    for layer in range(2):
        weights = expected[layer].weights[:4].numpy()
        assert np.abs(full(last, layer) - weights).max() <= 0.5 / 255 + 1e-6
    assert np.allclose(last.arrays["rollout"].sum(1), 1, atol=1e-6)
    assert (last.arrays["rollout"][0, 3:] == 0).all()
    assert last.arrays["relevance"].shape == (4, 7)
    assert last.arrays["relevance"].max() > 0


def test_statistics_are_of_the_whole_probe(tmp_path):
    samples = attention_toys.texts(6)
    module = train_text(tmp_path, AttentionMonitor(samples=2, probe=samples, strict=True))
    last = records(tmp_path, "attention_statistics")[-1]
    seen = attention_maps(module, torch.utils.data.default_collate(samples))
    real = torch.stack([sample["attention_mask"] for sample in samples]).bool()
    rows = torch.special.entr(seen[1].weights).sum(-1).movedim(1, 0)[:, real]
    assert last.arrays["entropy"][1] == pytest.approx(rows.mean(1).numpy(), abs=1e-5)


def test_an_image_has_its_grid_and_is_read_from_the_class_token(tmp_path):
    train_images(tmp_path, AttentionMonitor(samples=3, strict=True))
    fields = records(tmp_path, "attention")[-1].fields
    assert (fields["prefix"], fields["grid"]) == (1, [3, 3])
    assert fields["rollout_from"] == "first token"
    assert fields["lengths"] == [10, 10, 10]


def test_long_rows_keep_their_largest_weights(tmp_path):
    monitor = AttentionMonitor(samples=2, top_k=3, full_up_to=9, strict=True)
    module = train_images(tmp_path, monitor)
    last = records(tmp_path, "attention")[-1]
    assert last.arrays["map.0"].shape == (2, 2, 10, 3)
    (probe,) = records(tmp_path, "probe")
    images = toys.images(32)[[int(name) for name in probe.fields["names"][:2]]]
    weights, places = attention_maps(module, images)[0].weights.topk(3)
    assert np.array_equal(last.arrays["index.0"], places.numpy())
    assert last.arrays["index.0"].dtype == np.uint8
    assert np.abs(full(last, 0) - weights.numpy()).max() <= 0.5 / 255 + 1e-6


def test_chosen_layers_are_recorded_and_rollout_still_follows_all(tmp_path):
    train_images(tmp_path / "one", AttentionMonitor(layers="*.1", strict=True))
    train_images(tmp_path / "all", AttentionMonitor(strict=True))
    one, every = (records(tmp_path / name, "attention")[-1] for name in ("one", "all"))
    assert [layer["name"] for layer in one.fields["layers"]] == ["net.blocks.1"]
    assert np.array_equal(one.arrays["map.0"], every.arrays["map.1"])
    assert np.array_equal(one.arrays["rollout"], every.arrays["rollout"])


def test_an_encoder_without_logits_is_recorded_without_relevance_and_predictions(tmp_path):
    class Encoder(attention_toys.TextClassifier):
        def forward(self, input_ids, attention_mask):
            return {"last_hidden_state": self.blocks[0](self.embedding(input_ids))}

    monitor = AttentionMonitor(
        probe=attention_toys.texts(4), forward="net.encode", strict=True, untrained=False
    )
    encoder = Encoder()

    class Module(TextModule):
        def __init__(self):
            super().__init__()
            self.net.encode = encoder

    trainer = toys.trainer(tmp_path, monitor, max_epochs=1)
    trainer.fit(Module(), DataLoader(attention_toys.texts(4), 4))
    assert not records(tmp_path, "predictions")
    (seen,) = records(tmp_path, "attention")
    assert seen.fields["target"] is None
    assert "relevance" not in seen.arrays
    (statistics,) = records(tmp_path, "attention_statistics")
    assert statistics.fields["gap"] is None


def test_two_sequences_have_no_rollout(tmp_path):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            layer = nn.TransformerDecoderLayer(4, 2, 8, batch_first=True)
            self.decoder, self.head = nn.TransformerDecoder(layer, 1), nn.Linear(4, 4)

        def forward(self, x):
            rows = x.flatten(1)[:, :20].unflatten(1, (5, 4))
            return self.head(self.decoder(rows, rows.flip(1)).mean(dim=1))

    train_images(tmp_path, AttentionMonitor(strict=True), net=Decoder())
    seen = records(tmp_path, "attention")[-1]
    assert len(seen.fields["layers"]) == 2
    assert not {"rollout", "relevance"} & set(seen.arrays)


def test_training_is_the_same_to_the_bit(tmp_path):
    every_step = {"every_n_train_steps": 1, "max_overhead": None, "strict": True}
    kinds = (AttentionMonitor, ActivationMonitor, GradientMonitor, WeightMonitor, ModelGraphMonitor)
    alone = train_text(tmp_path / "alone")
    watched = train_text(tmp_path / "watched", *(kind(**every_step) for kind in kinds))
    pairs = zip(alone.state_dict().values(), watched.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert {r.monitor for r in toys.read_records(tmp_path / "watched")} >= {
        "attention", "activations", "gradients", "weights", "graph",
    }  # fmt: skip


def test_a_model_without_attention_is_warned_of_and_trained_on(tmp_path):
    with pytest.warns(MonitorWarning, match="was not seen to attend"):
        train_images(tmp_path, AttentionMonitor(), net=toys.conv_net())
    gaps = [record.fields["gap"] for record in toys.read_records(tmp_path)]
    assert any(gap and "was not seen to attend" in gap for gap in gaps)


def test_records_are_small(tmp_path):
    train_text(tmp_path, AttentionMonitor(probe=attention_toys.texts(8), strict=True))
    written = records(tmp_path, "attention") + records(tmp_path, "attention_statistics")
    assert max(len(schema.pack(record)) for record in written) < 8_000


@pytest.mark.parametrize("name", ["samples", "top_k", "full_up_to"])
def test_counts_below_one_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, not 0"):
        AttentionMonitor(**{name: 0})


class Checkpointing(attention_toys.VisionTransformer):
    """Checkpoints all of itself where it need not, the old way."""

    def forward(self, images):
        if self.training:
            return super().forward(images)
        return checkpoint(super().forward, images, use_reentrant=True)


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")
def test_relevance_that_no_gradient_gives_is_left_out_with_a_note(tmp_path):
    monitor = AttentionMonitor(samples=4, strict=True)
    train_images(tmp_path, monitor, net=Checkpointing())
    assert all("relevance" not in record.arrays for record in records(tmp_path, "attention"))
    notes = [note for r in toys.read_records(tmp_path) for note in r.fields.get("notes") or ()]
    assert any(note.startswith("relevance cannot explain") for note in notes)
