"""The boxes and arrows of a model's graph, as the `graph` record holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, Literal

from torch import Tensor, nn
from torch.jit import ScriptModule

from lightning_callbacks.layers import layer_names

Kind = Literal["input", "module", "operation", "untraced", "output"]
INPUT, OUTPUT = "input", "output"


@dataclass
class Node:
    """One box; `tb_explain.schema` says what its fields mean.

    While the model runs, `macs` and `activation_bytes` are those of the box itself and of all
    samples; `finished` makes them those of one sample, and of all that is inside.
    """

    id: str
    name: str
    kind: Kind
    type: str
    parent: str | None
    shape: list[int] | None = None
    parameters: int = 0
    macs: float | None = 0
    activation_bytes: float = 0
    calls: int = 0


class Graph:
    """Boxes by id, in the order they were first seen, and arrows between those without children.

    Args:
      module: the model, whose sub-modules are the first boxes; the model itself has one only if it
        is opaque.
    """

    def __init__(self, module: nn.Module) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str], None] = {}
        # Operations that give no floating numbers.
        self.discrete: set[str] = set()
        self.modules = dict(_boxed_modules(module))
        for name, part in self.modules.items():
            parent = name.rpartition(".")[0]
            node = Node(name, name, "module", _type_of(part), parent or None)
            node.kind = "untraced" if is_scripted(part) else "module"
            node.parameters = sum(p.numel() for p in part.parameters())
            self.nodes[name] = node

    def finished(self, samples: int) -> dict[str, Any]:
        """Returns the fields `nodes` and `edges` of the record.

        Args:
          samples: how many the model was run on.
        """
        self._drop_questions()
        ends = {end for edge in self.edges for end in edge}
        nodes = [n for n in self.nodes.values() if n.kind != INPUT or n.id in ends]
        for node in reversed(nodes):
            _add_to_parent(node, self.nodes)
        return {
            "nodes": [_per_sample(node, samples) for node in nodes],
            "edges": [list(edge) for edge in self.edges],
        }

    def _drop_questions(self) -> None:
        """Drops operations that only answered a question of the program's, as `mask.all()`."""
        while idle := self.discrete & set(self.nodes) - {source for source, _ in self.edges}:
            for name in idle:
                del self.nodes[name]
            self.edges = {edge: None for edge in self.edges if edge[1] not in idle}


def _boxed_modules(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yields (name, module) of every module but those inside of opaque ones."""
    if is_opaque(module) and (is_scripted(module) or _is_of_torch(module)):
        yield _type_of(module), module
        return
    hidden: tuple[str, ...] = ()
    for name, part in layer_names(module).items():
        if not name.startswith(hidden or ("\0",)):
            yield name, part
            if is_opaque(part):
                hidden = (*hidden, f"{name}.")


def is_opaque(module: nn.Module) -> bool:
    """Returns whether a module is one box, whatever happens inside."""
    # The output projection of multi-head attention is a module that is never called.
    whole = (nn.MultiheadAttention,)
    return isinstance(module, whole) or is_scripted(module) or not [*module.children()]


def is_scripted(module: nn.Module) -> bool:
    """Returns whether a module runs outside of Python, so that nothing inside can be seen."""
    return isinstance(module, ScriptModule)


def _type_of(module: nn.Module) -> str:
    if is_scripted(module):
        return str(module.original_name)
    # What `torch.compile` wraps is what the user wrote.
    return type(getattr(module, "_orig_mod", module)).__name__


def _is_of_torch(module: nn.Module) -> bool:
    return type(module).__module__.startswith("torch.")


def _add_to_parent(node: Node, nodes: Mapping[str, Node]) -> None:
    # Children stand behind their parents, so that going backwards they are complete.
    if node.parent is None:
        return
    parent = nodes[node.parent]
    parent.activation_bytes += node.activation_bytes
    known = parent.macs is not None and node.macs is not None
    parent.macs = parent.macs + node.macs if known else None  # type: ignore[operator]  # both known


def _per_sample(node: Node, samples: int) -> dict[str, Any]:
    result = asdict(node)
    result["macs"] = None if node.macs is None else round(node.macs / samples)
    result["activation_bytes"] = round(node.activation_bytes / samples)
    return result


def tensors_in(value: Any) -> list[Tensor]:
    """Returns the tensors in nested tuples, lists, dicts and dataclasses."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = value.values()
    elif is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, each.name) for each in fields(value)]
    elif not isinstance(value, (tuple, list, set)):
        return []
    return [tensor for item in value for tensor in tensors_in(item)]
