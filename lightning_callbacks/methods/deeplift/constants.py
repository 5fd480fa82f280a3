"""What should not vary: of a difference that has no gradient no share can be attributed.

A `detach()`, a straight-through estimator, a hard mask, an index computed from the inputs. Sums
and indexing are linear, and their rule does no more than look out for such arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lightning_callbacks.methods.deeplift.call import Call, NoRuleError, Rule

INDEXING = """
    index _unsafe_index index_select index_put _unsafe_index_put index_add index_copy gather scatter
    scatter_add take put masked_select max_unpool2d max_unpool3d
"""


def differs(here: Call, there: Call, position: int) -> bool:
    """Returns whether an argument, a tensor or a list of them, is another in the two passes."""
    a, b = here.args[position], there.args[position]
    pairs = [(a, b)] if isinstance(a, Tensor) else zip(a, b, strict=True)
    return any(_differ(*pair) for pair in pairs)


def _differ(a: Tensor | None, b: Tensor | None) -> bool:
    if a is None or b is None:
        return False
    return a.data_ptr() != b.data_ptr() and not torch.equal(a, b)


def require_constant(here: Call, there: Call, positions: Sequence[int]) -> None:
    """Raises NoRuleError where one of these arguments differs between the passes."""
    if any(differs(here, there, position) for position in positions):
        raise NoRuleError


def linear(here: Call, there: Call) -> None:
    """Returns no rewrite: the gradient is right if all that varies has one.

    Raises:
      NoRuleError: a term, or an index, varies without a gradient.
    """
    require_constant(here, there, here.loose)


def is_alone(call: Call) -> bool:
    """Returns whether a term varies, and another term or an index may without a gradient."""
    return bool(call.varying) and bool(call.loose)


RULES = dict.fromkeys(["add", "sub", "rsub", *INDEXING.split()], Rule(linear, is_alone, is_alone))
