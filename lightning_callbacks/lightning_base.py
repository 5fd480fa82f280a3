"""The Callback base class of whichever Lightning the user's program has loaded.

`pytorch_lightning` and `lightning.pytorch` are the same code under two names, and each
recognises its own `Callback` class only. `LightningCallback` takes on the base classes of those
that are loaded: when this module is imported, and again whenever a monitor is made, since
a program may well import Lightning after us. It must not know what monitors do.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from typing_extensions import Self

LIGHTNING_PACKAGES = ("pytorch_lightning", "lightning.pytorch")


class _Root:
    """Keeps `LightningCallback.__bases__` assignable: Python refuses it right below `object`."""


class LightningCallback(_Root):
    """A callback of every Lightning package that is loaded.

    Raises:
      ImportError: neither `pytorch_lightning` nor `lightning` is installed.
    """

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        """Takes on the base class of a Lightning that was imported after this module."""
        adopt_loaded_lightning()
        return super().__new__(cls)


def adopt_loaded_lightning() -> None:
    """Makes `LightningCallback` a subclass of each loaded Lightning's `Callback`.

    With none loaded, the first installed one is imported.

    Raises:
      ImportError: none is installed.
    """
    loaded = [name for name in LIGHTNING_PACKAGES if _is_loaded(name)] or [_first_installed()]
    callbacks = [importlib.import_module(name).Callback for name in loaded]
    missing = tuple(c for c in callbacks if c not in LightningCallback.__mro__)
    if missing:
        known = tuple(base for base in LightningCallback.__bases__ if base is not _Root)
        LightningCallback.__bases__ = (*known, *missing, _Root)


def _is_loaded(name: str) -> bool:
    # While Lightning itself is being imported its module exists, but has no Callback yet.
    return hasattr(sys.modules.get(name), "Callback")


def _first_installed() -> str:
    for name in LIGHTNING_PACKAGES:
        if importlib.util.find_spec(name.split(".")[0]) is not None:
            return name
    raise ImportError(
        "lightning_callbacks needs PyTorch Lightning, and neither 'pytorch-lightning' nor "
        "'lightning' is installed. Run: pip install 'tb-explain[train]'"
    )


adopt_loaded_lightning()
