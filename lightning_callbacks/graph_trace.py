"""Running a model once to see its graph: modules by hooks, operations by a function mode.

Views and casts are no boxes, and what depends on no value of an input (a mask, a position) is none
either. A tensor that appears from nowhere (numpy, a C++ extension) is a box of the kind "untraced".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lightning_callbacks.graph_nodes import (
    INPUT,
    OUTPUT,
    Graph,
    Kind,
    Node,
    is_opaque,
    is_scripted,
    tensors_in,
)
from lightning_callbacks.graph_origins import Origin, Origins, constants, memory_of, version_of

# What keeps the values, or nearly: who made them is still who made them.
_CASTS = {
    "to", "type", "type_as", "float", "double", "half", "bfloat16", "contiguous", "clone",
    "detach", "cpu", "cuda", "requires_grad_",
}  # fmt: skip
# What takes shape and type from a tensor, and no value.
_BLANKS = ("_like", "new_")
_REVERSED_OR_IN_PLACE = ("add", "sub", "mul", "truediv", "matmul", "pow", "and", "or")


@dataclass
class _Frame:
    """A module that is running, and what it was given."""

    path: str
    opaque: bool
    given: Sequence[tuple[Tensor, int]] = ()
    flops: int = 0
    operations: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Call:
    """What an operation did: results of its own, tensors it changed in place, work."""

    name: str
    fresh: Sequence[Tensor]
    changed: Sequence[Tensor]
    flops: int


class Tracer(TorchFunctionMode):
    """Fills a graph while active and while its hooks are attached (see `attached`).

    Args:
      module: the model, inside the guard.
      flops: returns how many floating-point operations were counted so far.
    """

    def __init__(self, module: nn.Module, flops: Callable[[], int]) -> None:
        super().__init__()
        self.graph = Graph(module)
        self._module = module
        self._flops = flops
        self._origins = Origins()
        for tensor, origin in constants(module):
            self._origins.made(tensor, origin)
        self._frames = [_Frame("", opaque=False)]

    @contextmanager
    def attached(self) -> Iterator[nn.Module]:
        """Attaches hooks to all modules that are boxes; yields the model to run."""
        with ExitStack() as stack:
            model = self._module
            for name, part in self.graph.modules.items():
                seen = _StandIn(part) if is_scripted(part) else part
                if seen is not part:
                    model = seen if part is model else model
                    stack.callback(_put_in_place(self._module, part, seen))
                before = seen.register_forward_pre_hook(self._enters(name, part), with_kwargs=True)
                stack.callback(before.remove)
                after = seen.register_forward_hook(lambda _part, _args, output: self._leave(output))
                stack.callback(after.remove)
            yield model

    def _enters(self, name: str, part: nn.Module) -> Callable[[nn.Module, Any, Any], None]:
        opaque = is_opaque(part)
        return lambda _part, args, kwargs: self._enter(name, (args, kwargs), opaque=opaque)

    def begin(self, batch: Any) -> None:
        """Makes a box of each tensor of the batch."""
        items = {"": batch} if isinstance(batch, Tensor) else batch
        pairs = items.items() if hasattr(items, "items") else enumerate(items)
        for key, value in pairs:
            name = INPUT if key == "" else f"{INPUT}.{key}"
            for tensor in tensors_in(value):
                _note_call(self._box(name, "input", INPUT, None), [tensor], 0, [tensor])
                self._origins.made(tensor, Origin(name))

    def end(self, output: Any) -> None:
        """Makes the box of what the model returned."""
        tensors = tensors_in(output)
        _note_call(self._box(OUTPUT, "output", OUTPUT, None), tensors)
        self._connect([self._origin(tensor) for tensor in tensors], OUTPUT)

    # Modules.

    def _enter(self, name: str, given: Any, *, opaque: bool) -> None:
        hidden = self._frames[-1].opaque
        frame = _Frame(name, hidden or opaque, flops=self._flops())
        if not hidden:
            frame.given = [(tensor, version_of(tensor)) for tensor in tensors_in(given)]
        self._frames.append(frame)

    def _leave(self, output: Any) -> Any:
        frame = self._frames.pop()
        node = self.graph.nodes[frame.path]
        if self._frames[-1].opaque:
            return output
        tensors = tensors_in(output)
        if not frame.opaque:
            _note_call(node, tensors)
            return output
        self._connect([self._origin(tensor) for tensor, _ in frame.given], node.id)
        fresh, views = _sorted_by_memory(tensors, frame.given)
        changed = _changed(frame.given)
        _note_call(node, tensors, self._flops() - frame.flops, fresh)
        if isinstance(output, Tensor) and views and not changed:
            # A layer that returns its input: another object, so that the two can be told apart.
            output = output.view_as(output)
            views = [(output, output)]
        self._note_results(Origin(node.id), [*fresh, *changed], [view for view, _ in views])
        return output

    # Operations.

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Runs `func`, and makes a box of it if it computes something from the inputs."""
        kwargs = kwargs or {}
        if self._frames[-1].opaque:
            return func(*args, **kwargs)
        given = [(tensor, version_of(tensor)) for tensor in tensors_in((args, kwargs))]
        flops = self._flops()
        result = func(*args, **kwargs)
        fresh, views = _sorted_by_memory(tensors_in(result), given)
        changed = _changed(given)
        if fresh or changed:
            call = _Call(_name_of(func), fresh, changed, self._flops() - flops)
            origin = self._made_by(call, [self._origin(tensor) for tensor, _ in given])
            self._note_results(origin, [*fresh, *changed])
        for view, base in views:
            self._origins.named(view, self._origin(base))
        return result

    def _made_by(self, call: _Call, origins: Sequence[Origin]) -> Origin:
        sources = {origin.node for origin in origins if origin.node is not None}
        parameters = frozenset[nn.Parameter]().union(*(origin.parameters for origin in origins))
        if not sources or call.name.startswith(_BLANKS) or call.name.endswith(_BLANKS):
            return Origin(None, parameters)
        if call.name in _CASTS and len(sources) == 1:
            return Origin(sources.pop())
        node = self._box(self._numbered(f"{call.name}()"), "operation", call.name, self._here())
        node.parameters = sum(parameter.numel() for parameter in parameters)
        _note_call(node, [*call.fresh, *call.changed], call.flops, call.fresh)
        if not any(result.is_floating_point() for result in [*call.fresh, *call.changed]):
            self.graph.discrete.add(node.id)
        self._connect(origins, node.id)
        return Origin(node.id)

    def _note_results(
        self, origin: Origin, made: Sequence[Tensor], named: Sequence[Tensor] = ()
    ) -> None:
        for tensor in made:
            self._origins.made(tensor, origin)
        for tensor in named:
            self._origins.named(tensor, origin)

    def _origin(self, tensor: Tensor) -> Origin:
        known = self._origins.of(tensor)
        if known is None:
            name = self._numbered("untraced")
            _note_call(self._box(name, "untraced", "untraced", self._here()), [tensor])
            known = Origin(name)
            self._origins.made(tensor, known)
        return known

    def _here(self) -> str | None:
        return self._frames[-1].path or None

    def _numbered(self, name: str) -> str:
        frame = self._frames[-1]
        number = frame.operations[name] = frame.operations.get(name, 0) + 1
        path = f"{frame.path}.{name}" if frame.path else name
        return path if number == 1 else f"{path}#{number}"

    def _box(self, name: str, kind: Kind, type_name: str, parent: str | None) -> Node:
        return self.graph.nodes.setdefault(name, Node(name, name, kind, type_name, parent))

    def _connect(self, origins: Sequence[Origin], node: str) -> None:
        for origin in origins:
            if origin.node is not None:
                self.graph.edges[origin.node, node] = None


class _StandIn(nn.Module):
    """Calls a scripted module, and takes the hooks that scripted modules refuse."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.__dict__["inner"] = inner

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["inner"], name)


def _put_in_place(model: nn.Module, old: nn.Module, new: nn.Module) -> Callable[[], None]:
    """Puts one module of `model` into another's place; returns what undoes it."""
    homes = [
        (parent, name)
        for parent in model.modules()
        if not is_scripted(parent)
        for name, child in parent.named_children()
        if child is old
    ]
    for parent, name in homes:
        setattr(parent, name, new)

    def undo() -> None:
        for parent, name in homes:
            setattr(parent, name, old)

    return undo


def _note_call(
    node: Node, tensors: Sequence[Tensor], flops: int = 0, fresh: Sequence[Tensor] = ()
) -> None:
    node.calls += 1
    if node.shape is None and tensors:
        node.shape = list(tensors[0].shape)
    node.macs = (node.macs or 0) + flops / 2
    node.activation_bytes += sum(tensor.numel() * tensor.element_size() for tensor in fresh)


def _changed(given: Sequence[tuple[Tensor, int]]) -> list[Tensor]:
    return [tensor for tensor, version in given if version_of(tensor) != version]


def _sorted_by_memory(
    results: Sequence[Tensor], given: Sequence[tuple[Tensor, int]]
) -> tuple[list[Tensor], list[tuple[Tensor, Tensor]]]:
    """Returns (results with memory of their own, (view, given tensor that it is a view of))."""
    if not results:
        return [], []
    bases = {memory_of(tensor): tensor for tensor, _ in given}
    bases.pop(None, None)
    fresh = [result for result in results if memory_of(result) not in bases]
    views = [(r, bases[memory_of(r)]) for r in results if memory_of(r) in bases]
    return fresh, views


def _name_of(func: Any) -> str:
    name = getattr(func, "__name__", type(func).__name__).strip("_")
    for known in _REVERSED_OR_IN_PLACE:
        if name in (f"i{known}", f"r{known}"):
            return known
    return name
