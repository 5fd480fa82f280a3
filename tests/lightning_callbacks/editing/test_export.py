"""Exported models say the same, and their reports say what was measured."""

import json

import pytest
import torch
from torch import nn

from lightning_callbacks.editing.export import _reason, export
from lightning_callbacks.editing.masks import apply_plan
from lightning_callbacks.editing.measure import measure
from lightning_callbacks.editing.quantise import quantise
from tb_explain.planning import Budget, Cut, Plan
from tests import toys
from tests.benchmarks import resnet20


def test_figures_are_those_of_the_model():
    net = resnet20.trained(16, 0)
    found = measure(net, resnet20.probe(16))
    assert found.parameters == sum(p.numel() for p in net.parameters())
    assert found.samples == 512
    assert found.metric_name == "accuracy"
    assert found.metric == pytest.approx(resnet20.accuracy(net, resnet20.probe(16)))
    # 16 x 16 pixels: 9 * 16 for the stem, ..., 640 for the classifier.
    stages = 9 * (16 + 6 * 16 * 16) * 256, (9 * (16 * 32 + 5 * 32 * 32) + 512) * 64
    assert found.macs == sum(stages) + (9 * (32 * 64 + 5 * 64 * 64) + 2048) * 16 + 640
    assert 0 < found.seconds_one < found.seconds_batch


def test_quantised_weights_are_counted():
    net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 3))
    batch = (torch.randn(8, 20), torch.arange(8) % 3)
    int8 = quantise(net, [batch]).model
    found = measure(int8, batch)
    assert found.parameters == 20 * 64 + 64 * 3
    assert found.macs is None


def test_products_of_an_encoder_are_counted_though_its_fast_path_hides_them():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    net = nn.Sequential(nn.TransformerEncoder(layer, 2), nn.Flatten(), nn.Linear(24, 2)).eval()
    batch = (torch.randn(4, 3, 8), torch.tensor([0, 1, 0, 1]))
    attention = 3 * (8 * 24 + 8 * 8) + 2 * 3 * 3 * 8
    assert measure(net, batch).macs == 2 * (attention + 3 * 2 * 8 * 16) + 48


def test_the_files_hold_a_model_that_says_the_same(tmp_path):
    before, module = toys.Classifier().eval(), toys.Classifier().eval()
    module.load_state_dict(before.state_dict())
    plan = Plan(
        "unstructured", "uniform", Budget("parameters", 0.5), [Cut("net.4.weight", 432, 216, 0.5)]
    )
    apply_plan(module, plan)
    batches = list(toys.loaders()[1])
    report = export(module, tmp_path / "out", batches, before=before, plan=plan)
    x = toys.images(5)
    expected = module(x)
    again = toys.Classifier().eval()
    again.load_state_dict(torch.load(tmp_path / "out" / "model.pt"))
    assert torch.equal(again(x), expected)
    program = torch.export.load(tmp_path / "out" / report.files["torch.export"])
    torch.testing.assert_close(program.module()(x), expected)
    assert (tmp_path / "out" / "model.pt2").stat().st_size < 200_000
    assert Plan.from_json((tmp_path / "out" / "plan.json").read_text()).cuts == plan.cuts
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    assert written["after"]["nonzero"] == written["before"]["nonzero"] - 216
    assert 0 < written["drift"]["drift_spearman"] < 1
    page = (tmp_path / "out" / "report.md").read_text()
    assert "| parameters | 644 | 644 | 1.00 |" in page
    assert "## Explanations (integrated_gradients)" in page
    assert not module.training


def test_onnx_says_the_same_where_it_is_installed(tmp_path):
    pytest.importorskip("onnxscript", reason="writes ONNX")
    reference = pytest.importorskip("onnx.reference", reason="reads ONNX")
    net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 2)).eval()
    x = torch.randn(2, 6)
    report = export(net, tmp_path, (x, torch.tensor([0, 1])))
    session = reference.ReferenceEvaluator(str(tmp_path / report.files["onnx"]))
    (found,) = session.run(None, {session.input_names[0]: x.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), net(x))


def test_what_can_not_be_written_or_compared_is_said(tmp_path):
    net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 3))
    batch = (torch.randn(8, 20), torch.arange(8) % 3)
    report = export(quantise(net, [batch]).model, tmp_path, batch, before=net)
    assert report.files["state_dict"] == "model.pt"
    assert report.files["torch.export"].startswith("not written: ")
    assert report.notes[0].startswith("Explanations could not be compared")
    assert report.after.bytes < report.before.bytes
    assert "Explanations could not be compared" in (tmp_path / "report.md").read_text()


def test_why_a_format_was_not_written_is_the_first_cause_in_plain_words(tmp_path, monkeypatch):
    def fail(*_args, **_keywords):
        try:
            raise NotImplementedError("no \x1b[1maten::odd\x1b[0m here\nsecond line")
        except NotImplementedError as error:
            raise RuntimeError("\x1b[31mFailed to export\x1b[0m") from error

    monkeypatch.setattr(torch.export, "export", fail)
    net = nn.Sequential(nn.Linear(6, 2)).eval()
    report = export(net, tmp_path, (torch.randn(2, 6), torch.tensor([0, 1])))
    assert report.files["torch.export"] == "not written: NotImplementedError: no aten::odd here"


def test_an_error_without_words_is_named():
    assert _reason(AssertionError()) == "AssertionError"
