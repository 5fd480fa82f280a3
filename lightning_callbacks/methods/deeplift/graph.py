"""Autograd's graph between the output and the attributed inputs: where rewrites are attached."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from torch.autograd.graph import Node

from lightning_callbacks.methods.deeplift.call import DeepLiftError, Gradients, Rewrite
from lightning_callbacks.methods.deeplift.linear import LINEAR
from lightning_callbacks.methods.deeplift.passes import Passage, parted


def attach(nodes: Iterable[Node], passages: Mapping[Node, Passage]) -> tuple[str, ...]:
    """Attaches each node's rewrite, and returns the names of operators without a rule, sorted."""
    unruled = set()
    for node in nodes:
        name, passage = _squashed(node.name()), passages.get(node)
        if passage is not None and passage.ruled and _squashed(passage.name) == name:
            if passage.rewrite is not None:
                node.register_hook(_typed(passage.rewrite))
        elif passage is not None:
            unruled.add(passage.name)
        elif name not in _LINEAR:
            unruled.add(_readable(node.name()))
    return tuple(sorted(unruled))


def _typed(rewrite: Rewrite) -> Rewrite:
    """Returns `rewrite` in the precision of the inputs, where an operator mixes two."""

    def hook(inputs: Gradients, outputs: Gradients) -> Gradients:
        pairs = zip(rewrite(inputs, outputs), inputs, strict=True)
        return tuple(new if old is None or new is None else new.to(old.dtype) for new, old in pairs)

    return hook


def nodes_between(output: Node | None, starts: Iterable[Node]) -> list[Node]:
    """Returns the nodes through which a gradient of `output` reaches `starts`, these included."""
    followers: dict[Node, list[Node]] = defaultdict(list)
    waiting = [] if output is None else [output]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        for before, _ in node.next_functions:
            if before is not None:
                followers[before].append(node)
                waiting += [] if before in seen else [before]
                seen.add(before)
    return _closure([start for start in starts if start in seen], followers)


def names(nodes: Iterable[Node]) -> Counter[str]:
    """Returns how often each operator is on the way."""
    return Counter(_readable(node.name()) for node in nodes)


def require_same(here: Counter[str], there: Counter[str]) -> None:
    """Raises DeepLiftError where the passes, alike in what has rules, differ in what is linear."""
    if here != there:
        more, fewer = (
            ", ".join(sorted(some)) or "nothing more" for some in (here - there, there - here)
        )
        raise DeepLiftError(parted(more, fewer))


def _closure(starts: list[Node], followers: Mapping[Node, list[Node]]) -> list[Node]:
    found = dict.fromkeys(starts)
    waiting = list(found)
    while waiting:
        new = [node for node in followers.get(waiting.pop(), ()) if node not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return list(found)


@cache
def _squashed(name: str) -> str:
    """Returns the name of an operator, or of its node, in a spelling that both share."""
    plain = re.sub(r"Backwards?\d*$|_forward$", "", name.rpartition("::")[2])
    return plain.replace("_", "").lower()


@cache
def _readable(name: str) -> str:
    """Returns `cumprod` for `CumprodBackward0`, and `Swish` for a user's `SwishBackward`."""
    plain = re.sub(r"Backwards?\d*$", "", name.rpartition("::")[2])
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower() if name[-1].isdigit() else plain


_LINEAR = frozenset(map(_squashed, LINEAR))
