"""Where tensors come from: which box made them, through views and changes in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Origin:
    """What a tensor was made by.

    Attributes:
      node: id of a box; None for constants: parameters, buffers, and what depends on no input.
      parameters: of a constant, what it was computed from.
    """

    node: str | None
    parameters: frozenset[nn.Parameter] = frozenset()


class Origins:
    """Remembers origins, by tensor and by memory; of the two the later one counts.

    So a view of a tensor has its origin; what is written into it in place changes that of all its
    views; and a module that returns its input can be told from what made the input.
    """

    def __init__(self) -> None:
        self._of_tensor: dict[int, tuple[int, Origin]] = {}
        self._of_memory: dict[int, tuple[int, Origin]] = {}
        self._clock = 0
        # As long as they live, neither their ids nor their memory are used again.
        self._alive: list[Tensor] = []

    def made(self, tensor: Tensor, origin: Origin) -> None:
        """Notes that all of the tensor's memory is now of this origin."""
        self.named(tensor, origin)
        memory = memory_of(tensor)
        if memory is not None:
            self._of_memory[memory] = (self._clock, origin)

    def named(self, tensor: Tensor, origin: Origin) -> None:
        """Notes the origin of this very tensor, whatever shares its memory."""
        self._clock += 1
        self._of_tensor[id(tensor)] = (self._clock, origin)
        self._alive.append(tensor)

    def of(self, tensor: Tensor) -> Origin | None:
        """Returns the origin; None where it is not known."""
        by_memory = self._of_memory.get(memory_of(tensor) or 0)
        known = [each for each in (self._of_tensor.get(id(tensor)), by_memory) if each]
        return max(known, key=lambda each: each[0])[1] if known else None


def constants(module: nn.Module) -> Iterable[tuple[Tensor, Origin]]:
    """Yields a model's own tensors before it runs: parameters, buffers, attributes."""
    for part in module.modules():
        # Those of a module without parts count as the module's, not as an operation's.
        is_used_directly = part is module or any(True for _ in part.children())
        for parameter in part.parameters(recurse=False):
            yield parameter, Origin(None, frozenset([parameter] if is_used_directly else []))
        held = [*part.buffers(recurse=False), *vars(part).values()]
        yield from ((value, Origin(None)) for value in held if isinstance(value, Tensor))


def memory_of(tensor: Tensor) -> int | None:
    """Returns where a tensor's storage begins; None for one that has none."""
    try:
        return tensor.untyped_storage().data_ptr() or None
    except (NotImplementedError, RuntimeError):  # sparse and other unusual ones
        return None


def version_of(tensor: Tensor) -> int:
    """Returns how often a tensor's memory was changed in place."""
    version: int = tensor._version  # noqa: SLF001  # public as of its documentation
    return version
