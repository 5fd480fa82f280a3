"""The TensorBoard side of tb-explain; never imports torch.

`load(logdir)` reads what was recorded; `tb_explain.reading` has the rest of that.
"""

from __future__ import annotations

# Not from `typing`: TensorBoard imports this module when it starts, and is not to wait for it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from tb_explain.reading import Runs

__all__ = ["load"]


def load(logdir: str | os.PathLike[str], *, wanted: Callable[[str], bool] = lambda _: True) -> Runs:
    """Returns what is recorded below `logdir`; `tb_explain.reading.load` says more."""
    from tb_explain.reading import load as read

    return read(logdir, wanted=wanted)
