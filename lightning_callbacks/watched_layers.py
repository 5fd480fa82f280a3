"""Which layers' outputs are worth watching, where nobody says."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn
from torch.jit import ScriptModule

from lightning_callbacks.layers import layer_names
from lightning_callbacks.watching import is_activation


def default_layers(model: nn.Module) -> dict[str, nn.Module]:
    """Returns, in order of definition, activations, blocks and the last linear layer.

    Where there are none of these, all parts with parameters of their own.
    """
    # Scripted modules refuse hooks.
    known = {
        name: layer
        for name, layer in layer_names(model).items()
        if not isinstance(layer, ScriptModule)
    }
    heads = [name for name, layer in known.items() if isinstance(layer, nn.Linear)][-1:]
    chosen = {
        name: layer
        for name, layer in known.items()
        if is_activation(layer) or name in heads or _is_block(name, layer, known)
    }
    own = {name: m for name, m in known.items() if any(True for _ in m.parameters(recurse=False))}
    return chosen or own or {"": model}


def _is_block(name: str, layer: nn.Module, known: Mapping[str, nn.Module]) -> bool:
    parent = known.get(name.rpartition(".")[0])
    is_member = isinstance(parent, (nn.Sequential, nn.ModuleList))
    is_list = isinstance(layer, (nn.ModuleList, nn.ModuleDict))
    return is_member and not is_list and any(True for _ in layer.children())
