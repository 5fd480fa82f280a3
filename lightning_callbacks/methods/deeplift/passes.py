"""The two passes: the calls of the baselines', and how the inputs' calls are paired with them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor
from torch.autograd.graph import Node

from lightning_callbacks.methods.deeplift.call import (
    Call,
    DeepLiftError,
    NoRuleError,
    Rewrite,
    Rule,
)
from lightning_callbacks.methods.deeplift.slices import Slice


class BaselinePass:
    """Keeps the calls of the baselines' pass, in order.

    Attributes:
      calls: so far. Their tensors are shared with the model's, until the model overwrites one.
    """

    def __init__(self) -> None:
        self.calls: deque[Call] = deque()
        self._holders: dict[int, list[Call]] = defaultdict(list)

    def before(self, written: Sequence[Tensor]) -> None:
        """Copies what is about to be overwritten."""
        for address in map(_address, written):
            for call in self._holders.pop(address, ()):
                call.args = tuple(_saved(arg, address) for arg in call.args)
                call.outputs = tuple(_saved(out, address) for out in call.outputs)

    def after(self, call: Call, result: Tensor, rule: Rule | None) -> None:  # noqa: ARG002  # Listener's
        """Keeps a call unless it is linear."""
        if rule is not None:
            self.calls.append(call)
            for tensor in _tensors(call):
                self._holders[_address(tensor)].append(call)

    def close(self) -> None:
        """Lets go of what only helped to copy in time."""
        self._holders.clear()


@dataclass(frozen=True)
class Passage:
    """How contributions pass through one call of the inputs' pass.

    Attributes:
      name: of the operator.
      rewrite: of its node's gradient; None where the gradient is right.
      ruled: False where the operator's rule does not cover this call.
    """

    name: str
    rewrite: Rewrite | None = None
    ruled: bool = True

    def within(self, part: Slice) -> Passage:
        """Returns what this is for the tensor of which the operator wrote a part."""
        rewrite = self.rewrite and part.rewrite(self.rewrite)
        return replace(self, name="copy_slices" if self.ruled else self.name, rewrite=rewrite)


class InputPass:
    """Pairs each call of the inputs' pass with the baselines', and keeps what its rule makes."""

    def __init__(self, baseline: BaselinePass) -> None:
        self._calls = baseline.calls
        self._passages: dict[Node, Passage] = {}
        self._latest: list[tuple[Tensor, Passage]] = []

    def before(self, written: Sequence[Tensor]) -> None:  # noqa: ARG002  # Listener's
        """Finds the node of the call before: autograd has set it by now, and it is not yet lost."""
        for result, passage in self._latest:
            node, own = _node(result, passage)
            if node is not None:
                self._passages[node] = own
        self._latest = []

    def after(self, call: Call, result: Tensor, rule: Rule | None) -> None:
        """Applies the rule to a call and the baselines' call at the same place.

        Raises:
          DeepLiftError: that is not a call of the same operator on the same shapes.
        """
        passage = Passage(call.name) if rule is None else self._passage(call, rule)
        self._latest.append((result, passage))

    def _passage(self, call: Call, rule: Rule) -> Passage:
        there = self._calls.popleft() if self._calls else None
        if there is None or _signature(there) != _signature(call):
            raise DeepLiftError(parted(_signature(call), _signature(there)))
        try:
            return Passage(call.name, rule.make(call, there))
        except NoRuleError:
            return Passage(call.name, ruled=False)

    def passages(self) -> Mapping[Node, Passage]:
        """Returns the passages of the whole pass, by their nodes in autograd's graph.

        Raises:
          DeepLiftError: the baselines' pass had gone on to call other operators.
        """
        if self._calls:
            raise DeepLiftError(parted(_signature(None), _signature(self._calls[0])))
        self.before(())
        return self._passages


def _node(result: Tensor, passage: Passage) -> tuple[Node | None, Passage]:
    base = result._base  # noqa: SLF001  # torch's documented name for the viewed tensor
    if base is None:
        return result.grad_fn, passage
    return base.grad_fn, passage.within(Slice.of(result, base))  # written in place


def parted(here: str, there: str) -> str:
    """Returns what to say of passes that ran other operators."""
    return (
        f"The model ran {here} for the inputs where it had run {there} for the baselines. "
        "DeepLIFT compares the two operator by operator, so both must take the same way through "
        "the model: make its control flow independent of the data, and switch off what is random "
        "or cached (`model.eval()`)."
    )


def _signature(call: Call | None) -> str:
    if call is None:
        return "nothing more"
    shapes = ", ".join(str(list(tensor.shape)) for tensor in _tensors(call))
    return f"{call.name}({shapes})"


def _tensors(call: Call) -> Iterator[Tensor]:
    return (value for value in (*call.args, *call.outputs) if isinstance(value, Tensor))


def _address(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _saved(value: Any, address: int) -> Any:
    endangered = isinstance(value, Tensor) and _address(value) == address
    return value.clone() if endangered else value
