"""A transformers.Trainer records what is asked for, ends where it would, and resumes."""

import pytest
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from lightning_callbacks import (
    AttentionMonitor,
    AttributionMonitor,
    GradientMonitor,
    MonitorWarning,
    OutputMonitor,
    WeightMonitor,
    explain,
)
from lightning_callbacks.hugging_face import STATE_FILE, ExplainCallback, _save_state
from tests import toys


class Texts(Dataset):
    """32 texts of 10 tokens, whose class says whether token 7 is in them."""

    def __init__(self, first=0):
        self.first = first

    def __len__(self):
        return 32

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(self.first + index)
        ids = torch.randint(5, 30, (10,), generator=generator)
        return {
            "input_ids": ids,
            "attention_mask": torch.ones_like(ids),
            "labels": int((ids == 7).any()),
        }


EVALUATION = Texts(first=1000)


def monitors():
    return [
        AttentionMonitor(strict=True),
        AttributionMonitor("input_x_gradient", strict=True),
        GradientMonitor(strict=True, every_n_train_steps=2),
        WeightMonitor(strict=True, every_n_train_steps=2),
    ]


def tiny_bert():
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=30, intermediate_size=32, **sizes, attn_implementation="eager")
    return BertForSequenceClassification(config)


def train(root, *callbacks, epochs=2, resume=None):
    options = {"report_to": "none", "disable_tqdm": True, "use_cpu": True, "seed": 1}
    arguments = TrainingArguments(
        str(root), num_train_epochs=epochs, per_device_train_batch_size=8, save_strategy="epoch",
        logging_strategy="no", gradient_accumulation_steps=2, max_grad_norm=1.0, **options,
    )  # fmt: skip
    model = tiny_bert()
    trainer = Trainer(
        model, arguments, train_dataset=Texts(), eval_dataset=EVALUATION, callbacks=list(callbacks)
    )
    trainer.train(resume_from_checkpoint=resume)
    return {name: value.clone() for name, value in model.state_dict().items()}


def moments(records, monitor, kind):
    return [(r.step, r.epoch) for r in records if (r.monitor, r.kind) == (monitor, kind)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(weights, folder) of two epochs with monitors."""
    root = tmp_path_factory.mktemp("trained")
    return train(root, ExplainCallback(monitors(), data=EVALUATION)), root


def test_weights_are_those_of_a_training_without_it(trained, tmp_path):
    bare = train(tmp_path)
    assert all(torch.equal(bare[name], value) for name, value in trained[0].items())


def test_records_lie_below_the_output_directory_at_optimizer_steps(trained):
    records = toys.read_records(trained[1] / "tb_explain" / "version_0")
    assert moments(records, "attention", "attention") == [(0, -1), (2, 0), (4, 1)]
    assert moments(records, "attributions", "attribution") == [(0, -1), (2, 0), (4, 1)]
    assert moments(records, "gradients", "layer_statistics") == [(1, 0), (2, 0), (4, 1)]
    (probe,) = {r.tag: r for r in toys.of_kind(records, "probe")}.values()
    assert probe.fields["modality"] == "text"


def test_a_resumed_training_goes_on_in_the_same_folder(trained):
    root = trained[1]
    train(root, ExplainCallback(monitors(), data=EVALUATION), epochs=3, resume=True)
    records = toys.read_records(root)
    assert [path.name for path in (root / "tb_explain").iterdir()] == ["version_0"]
    assert moments(records, "attention", "attention") == [(0, -1), (2, 0), (4, 1), (6, 2)]
    written = [r.written for r in records if r.tag == "attention/attention"]
    assert written == [1, 2, 3, 4]


def test_a_damaged_state_does_not_keep_a_training_from_resuming(tmp_path):
    train(tmp_path, ExplainCallback(monitors(), data=EVALUATION), epochs=1)
    (state,) = tmp_path.rglob(STATE_FILE)
    state.write_text(state.read_text()[:40])
    with pytest.warns(MonitorWarning, match="could not be read .* records begin anew"):
        train(tmp_path, ExplainCallback(monitors(), data=EVALUATION), resume=True)
    records = toys.read_records(tmp_path / "tb_explain" / "version_1")
    assert moments(records, "attention", "attention") == [(4, 1)]


def test_a_state_is_saved_whole_or_not_at_all(tmp_path):
    path = tmp_path / "checkpoint-1" / STATE_FILE
    _save_state(path, {"step": 1})
    with pytest.raises(TypeError):
        _save_state(path, {"step": object()})
    path.with_suffix(".tmp").mkdir()
    with pytest.warns(MonitorWarning, match="could not be written"):
        _save_state(path, {"step": 2})
    assert path.read_text() == '{"step": 1}'


def test_the_probe_is_of_the_evaluation_data(trained):
    (probe,) = {r.tag: r for r in toys.of_kind(toys.read_records(trained[1]), "probe")}.values()
    texts = [EVALUATION[index]["input_ids"].tolist() for index in range(len(EVALUATION))]
    known = {" ".join(map(str, ids)) for ids in texts}
    assert {" ".join(tokens) for tokens in probe.fields["tokens"]} <= known


def test_without_evaluation_data_it_says_that_the_probe_is_of_the_training_data(tmp_path):
    monitor = AttributionMonitor("input_x_gradient", strict=True)
    with pytest.warns(UserWarning, match="drawn from the training data"):
        train(tmp_path, ExplainCallback([monitor]), epochs=1)
    status = toys.of_kind(toys.read_records(tmp_path), "predictions")[0]
    assert "training data" in status.fields["notes"][0]


def test_explain_chooses_what_fits(tmp_path):
    train(tmp_path, ExplainCallback(explain(strict=True), data=EVALUATION))
    records = toys.read_records(tmp_path)
    assert {"attention", "attribution", "layer_statistics", "setup"} <= {r.kind for r in records}
    assert not [r for r in records if r.fields.get("gap")]
    gradients = [r for r in records if r.tag == "gradients/layer_statistics"]
    assert "after clipping" in gradients[0].fields["notes"][0]


def test_monitors_of_evaluation_batches_are_refused():
    with pytest.raises(ValueError, match="no validation, which OutputMonitor needs"):
        ExplainCallback([OutputMonitor()])
