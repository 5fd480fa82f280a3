"""Writes event files with an invented model's structure and statistics, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tb_explain import schema
from tests.synthetic_attention import status
from tests.synthetic_runs import RecordWriter


class GraphBuilder:
    """Collects nodes and edges; costs of modules are summed up when it is done."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.edges: list[list[str]] = []

    def add(self, key: str, kind: str, of: str, *before: str, **facts: Any) -> str:
        """Adds a node inside the module that its dotted name says, fed by `before`."""
        parent = key.rpartition(".")[0] or None
        self.nodes[key] = {
            "id": key,
            "name": key,
            "kind": kind,
            "type": of,
            "parent": parent,
            "shape": facts.get("shape", [8, 64]),
            "parameters": facts.get("parameters", 0),
            "macs": facts.get("macs", 0),
            "activation_bytes": 4 * int(np.prod(facts.get("shape", [8, 64])[1:])),
            "calls": facts.get("calls", 1),
        }
        self.edges += [[each, key] for each in before]
        return key

    def module(self, key: str, of: str) -> None:
        """Adds a module that others lie in."""
        self.add(key, "module", of)
        self.nodes[key]["activation_bytes"] = 0

    def fields(self) -> dict[str, Any]:
        """Returns the fields of the record."""
        for node in reversed(list(self.nodes.values())):
            parent = self.nodes.get(node["parent"])
            for cost in ("parameters", "macs", "activation_bytes") if parent else ():
                parent[cost] += node[cost]
        return {**status(), "nodes": list(self.nodes.values()), "edges": self.edges}


def residual_network(blocks: int, *, width: int = 64) -> GraphBuilder:
    """Returns stages of residual blocks; about seven nodes a block."""
    graph = GraphBuilder()
    last = graph.add("input", "input", "input", shape=[8, 3, 32, 32])
    graph.module("stem", "Sequential")
    last = _conv(graph, "stem.conv", last, 3, width)
    last = graph.add("stem.relu", "module", "ReLU", last, shape=[8, width, 32, 32])
    for stage in range(4):
        graph.module(f"layer{stage}", "Sequential")
        for block in range(blocks // 4):
            last = _block(graph, f"layer{stage}.{block}", last, width << stage)
    last = graph.add("pool", "module", "AdaptiveAvgPool2d", last, shape=[8, width << 3])
    last = graph.add("flatten", "operation", "flatten", last)
    features = width << 3
    last = graph.add("fc", "module", "Linear", last, parameters=features * 10 + 10, shape=[8, 10])
    custom = graph.add("temperature", "untraced", "CustomScale", last)
    graph.nodes[custom]["shape"] = None
    graph.add("output", "output", "output", custom, shape=[8, 10])
    return graph


def _conv(graph: GraphBuilder, key: str, before: str, inside: int, outside: int) -> str:
    parameters = 9 * inside * outside
    shape = [8, outside, 32, 32]
    facts = {"parameters": parameters, "macs": parameters * 1024, "shape": shape}
    return graph.add(key, "module", "Conv2d", before, **facts)


def _block(graph: GraphBuilder, key: str, before: str, width: int) -> str:
    graph.module(key, "BasicBlock")
    shape = [8, width, 32, 32]
    last = _conv(graph, f"{key}.conv1", before, width, width)
    last = graph.add(f"{key}.bn1", "module", "BatchNorm2d", last, parameters=2 * width, shape=shape)
    last = graph.add(f"{key}.act1", "module", "ReLU", last, shape=shape)
    last = _conv(graph, f"{key}.conv2", last, width, width)
    last = graph.add(f"{key}.bn2", "module", "BatchNorm2d", last, parameters=2 * width, shape=shape)
    last = graph.add(f"{key}.add", "operation", "add", last, before, shape=shape)
    return graph.add(f"{key}.act2", "module", "ReLU", last, shape=shape)


def write_graph_run(run_dir: Path, graph: GraphBuilder, *, epochs: int = 4) -> None:
    """Writes the structure once, and statistics of its weights and activations per epoch."""
    writer = RecordWriter(run_dir)
    fields = graph.fields()
    writer.write(schema.Record("graph", "graph", 0, -1, 1, fields), wall_time=1.8e9)
    for what in ("activations", "gradients"):
        names = [
            node["name"] + ("" if what == "activations" else ".weight")
            for node in fields["nodes"]
            if node["kind"] == "module" and (what == "activations" or node["parameters"] > 0)
        ]
        _write_statistics(writer, what, names, epochs)
    writer.close()


STATISTICS = {
    "activations": [
        {"name": "std", "label": "deviation", "unit": "", "scale": "log", "rollup": None},
        {"name": "mean", "label": "mean", "unit": "", "scale": "signed", "rollup": None},
        {"name": "zeros", "label": "zeros", "unit": "", "scale": "fraction", "rollup": None},
    ],
    "gradients": [
        {
            "name": "norm",
            "label": "norm",
            "unit": "",
            "scale": "log",
            "rollup": "root-sum-square",
        }
    ],
}


def _write_statistics(writer: RecordWriter, what: str, names: list[str], epochs: int) -> None:
    statistics = STATISTICS[what]
    layers = [{"name": name, "type": "Module", "shape": [64], "size": 64} for name in names]
    digest = f"synthetic-{what}"
    table = {"digest": digest, "what": what, "layers": layers, "statistics": statistics}
    generator = np.random.default_rng(0)
    for epoch in range(epochs):
        step = 50 * (epoch + 1)
        common = {"monitor": what, "step": step, "epoch": epoch, "written": epoch + 1}
        values = np.exp(generator.normal(size=(len(names), len(statistics)))).astype(np.float32)
        values[:, 1:2] -= 1.0
        if len(statistics) > 2:
            values[:, 2] = np.clip(values[:, 2] / 4, 0, 1)
        arrays = {"values": values, "dead": np.zeros((0, 2), np.int32)}
        stated = {**status(), "table": digest, "what": what}
        records = [schema.Record("layer_statistics", **common, fields=stated, arrays=arrays)]
        if epoch == 0:
            records.insert(0, schema.Record("layer_table", **common, fields=table))
        writer.write(*records, wall_time=1.8e9 + 60.0 * epoch)
