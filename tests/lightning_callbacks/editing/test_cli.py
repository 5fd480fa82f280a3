from types import SimpleNamespace

import pytest
import torch

from lightning_callbacks.editing import load_shrunk
from lightning_callbacks.editing.__main__ import main
from lightning_callbacks.sensitivity import scan_sensitivity
from tb_explain.planning import Budget, Plan, make_plan
from tests.lightning_callbacks.editing import small_net

HERE = "tests.lightning_callbacks.editing.small_net"
NAMED = ["--model", f"{HERE}:make", "--data", f"{HERE}:batch"]


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory):
    found = scan_sensitivity(small_net.make(), small_net.batch(), kind="channel")
    path = tmp_path_factory.mktemp("plans") / "plan.json"
    path.write_text(make_plan(found, Budget("macs", 0.5)).to_json(), encoding="utf-8")
    return str(path)


def test_verify_writes_the_plan_with_what_was_measured(plan_file, tmp_path, capsys):
    out = tmp_path / "verified.json"
    asked = ["verify", plan_file, *NAMED, "--recalibrate", f"{HERE}:training", "--output", str(out)]
    assert main(asked) == 0
    plan = Plan.from_json(out.read_text(encoding="utf-8"))
    assert plan.verified["recalibrated"]
    printed = capsys.readouterr().out
    assert "predicted" in printed
    assert "macs_kept" in printed


def test_apply_writes_a_smaller_model_that_can_be_loaded_and_cut_again(plan_file, tmp_path, capsys):
    out = tmp_path / "small.pt"
    assert main(["apply", plan_file, *NAMED, "--output", str(out)]) == 0
    assert "load_shrunk" in capsys.readouterr().out
    smaller = load_shrunk(small_net.make(), out)
    assert sum(p.numel() for p in smaller.parameters()) < sum(
        p.numel() for p in small_net.make().parameters()
    )
    # The plan was made for the unedited model.
    assert main(["verify", plan_file, *NAMED, "--checkpoint", str(out)]) == 2
    assert "Plan anew" in capsys.readouterr().err


def test_export_writes_model_and_report(plan_file, tmp_path, monkeypatch):
    calls = {}

    def fake(model, directory, batches, *, before, plan):
        calls.update(model=model, before=before, plan=plan, samples=len(batches[0][0]))
        return SimpleNamespace(files={"state dict": "model.pt"})

    monkeypatch.setattr("lightning_callbacks.editing.__main__.export", fake)
    assert main(["export", plan_file, *NAMED, "--output", str(tmp_path)]) == 0
    assert calls["samples"] == 32
    assert calls["plan"].edit == "channel"
    assert calls["model"][0].out_channels < calls["before"][0].out_channels


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--model", "nowhere:make"], "names nothing"),
        (["--model", f"{HERE}:batch"], "no module"),
        (["--checkpoint", "missing.pt"], "can't be loaded"),
        (["--data", f"{HERE}:nothing"], "names nothing"),
        (["--data", f"{HERE}:CLASSES"], "is a int, no batch"),
        (["--recalibrate", f"{HERE}:CLASSES"], "is a int, no batch"),
        (["--output", "/nowhere/x.json"], "/nowhere/x.json"),
        (["--model", f"{HERE}:images"], "samples"),
    ],
)
def test_mistakes_are_said_in_words(plan_file, change, words, capsys):
    assert main(["verify", plan_file, *NAMED, *change]) == 2
    assert words in capsys.readouterr().err


def test_a_missing_plan_is_said_in_words(capsys):
    assert main(["verify", "nowhere.json", *NAMED]) == 2
    assert "There is no plan" in capsys.readouterr().err


def test_a_lightning_checkpoint_is_loaded_first(plan_file, tmp_path):
    model = small_net.make()
    with torch.no_grad():
        model[-1].weight.zero_()
    torch.save({"state_dict": model.state_dict()}, tmp_path / "c.ckpt")
    out = tmp_path / "v.json"
    asked = ["verify", plan_file, *NAMED, "--checkpoint", str(tmp_path / "c.ckpt")]
    assert main([*asked, "--output", str(out)]) == 0
    assert Plan.from_json(out.read_text(encoding="utf-8")).verified["kl"] == pytest.approx(0)


@pytest.mark.parametrize("command", ["apply", "export"])
def test_what_can_not_be_written_is_said_in_words(command, plan_file, tmp_path, capsys):
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "x.pt"
    assert main([command, plan_file, *NAMED, "--output", str(out)]) == 2
    assert str(out) in capsys.readouterr().err


def test_images_and_labels_in_a_list_are_one_batch(plan_file, tmp_path, monkeypatch):
    monkeypatch.setattr(small_net, "listed", list(small_net.batch()), raising=False)
    out = tmp_path / "v.json"
    asked = ["verify", plan_file, *NAMED, "--data", f"{HERE}:listed", "--output", str(out)]
    assert main(asked) == 0
    assert Plan.from_json(out.read_text(encoding="utf-8")).verified["samples"] == 32
