"""What should not vary: of a difference that has no gradient no share can be attributed.

A `detach()`, a straight-through estimator, a hard mask of the inputs. Sums are linear, and their
rule does no more than look out for such terms.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lightning_callbacks.methods.deeplift.call import Call, NoRuleError, Rule


def differs(here: Call, there: Call, position: int) -> bool:
    """Returns whether an argument is another in the two passes."""
    a, b = here.args[position], there.args[position]
    return a.data_ptr() != b.data_ptr() and not torch.equal(a, b)


def require_constant(here: Call, there: Call, positions: Sequence[int]) -> None:
    """Raises NoRuleError where one of these arguments differs between the passes."""
    if any(differs(here, there, position) for position in positions):
        raise NoRuleError


def add(here: Call, there: Call) -> None:
    """Returns no rewrite: the gradient is right if all that varies has one.

    Raises:
      NoRuleError: a term varies without a gradient.
    """
    require_constant(here, there, here.loose)


def is_alone(call: Call) -> bool:
    """Returns whether a sum has a term that varies and one that may, without a gradient."""
    return bool(call.varying) and bool(call.loose)


RULES = dict.fromkeys(["add", "sub", "rsub"], Rule(add, is_alone, is_alone))
