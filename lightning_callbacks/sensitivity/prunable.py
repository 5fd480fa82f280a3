"""The weights of a model that can be pruned, quantised or shared, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.utils import parametrize

from lightning_callbacks.layers import LayerError, LayerSpec, named_layers

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_ROWS = (nn.Linear, nn.Embedding, nn.EmbeddingBag)
_RECURRENT = (nn.RNNBase, nn.RNNCellBase)
_ATTENTION = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")


@dataclass(frozen=True)
class Weight:
    """A parameter with two axes or more that a layer multiplies with.

    Attributes:
      name: as users know it: "conv1.weight", also where it is parametrised.
      names: all names it goes by: several if it is tied.
      module: whose it is.
      owners: all modules that hold it.
      parameter: what is written to.
      attribute: what `module` calls it.
    """

    name: str
    names: Sequence[str]
    module: nn.Module
    owners: Sequence[nn.Module]
    parameter: nn.Parameter
    attribute: str

    def effective(self) -> Tensor:
        """Returns the weights as the layer uses them: of a masked one, with zeros; detached."""
        value: Tensor = getattr(self.module, self.attribute)
        if value.shape != self.parameter.shape:
            return self.parameter.detach()
        masked = f"{self.attribute}_mask"  # of torch.nn.utils.prune, applied when it is called
        if hasattr(self.module, masked):
            value = self.parameter * getattr(self.module, masked)
        return value.detach()

    def rows(self, values: Tensor) -> Tensor:
        """Returns `values` with the output channels first: [out, in / groups, ...]."""
        if isinstance(self.module, _TRANSPOSED):  # [in, out / groups, ...]
            return _swapped(values, self.module.groups)
        return values.T if _is_turned_linear(self.module) else values

    def from_rows(self, rows: Tensor) -> Tensor:
        """Returns what `rows` was given: its inverse."""
        return self.rows(rows)


def _is_turned_linear(module: nn.Module) -> bool:
    """Returns whether a module is GPT-2's "Conv1D", a linear layer with weights [in, out]."""
    kind = type(module)
    return kind.__name__ == "Conv1D" and kind.__module__.startswith("transformers.")


def _swapped(values: Tensor, groups: int) -> Tensor:
    split = values.reshape(groups, -1, *values.shape[1:])
    return split.transpose(1, 2).flatten(0, 1)


def prunable_weights(model: nn.Module, layers: Sequence[LayerSpec] | None = None) -> list[Weight]:
    """Returns the weights of convolutions, linear, embedding, attention and recurrent layers.

    In the order of the model's modules; one that is tied counts at its first name. Weights that
    several parameters make, as with weight norm, are left out.

    Args:
      model: inside the guard.
      layers: names, globs, classes or modules; all inside of them is taken; None: the whole model.

    Raises:
      LayerError: `layers` names nothing, or nothing with such weights.
    """
    chosen = None if layers is None else set(_inside(named_layers(model, layers).values()))
    found: dict[int, Weight] = {}
    for path, module in _all_paths(model):
        for attribute, parameter in _weights(module):
            name = f"{path}.{attribute}" if path else attribute
            before = found.get(id(parameter))
            if before is None:
                found[id(parameter)] = Weight(name, [name], module, [module], parameter, attribute)
            elif name not in before.names:
                before.names.append(name)  # type: ignore[attr-defined]  # a list until it is given out
                before.owners.append(module)  # type: ignore[attr-defined]  # likewise
    weights = [w for w in found.values() if chosen is None or chosen & set(w.owners)]
    if not weights:
        kinds = "convolution, linear, embedding, attention or recurrent layer"
        where = "the model" if layers is None else f"layers={list(layers)!r}"
        raise LayerError(f"There is no {kinds} with a weight of its own in {where}.")
    return weights


def _inside(modules: object) -> Iterator[nn.Module]:
    for module in modules:  # type: ignore[attr-defined]  # the values of a dict
        yield from module.modules()


def _all_paths(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for path, module in model.named_modules(remove_duplicate=False):
        yield path.replace("_orig_mod.", "").removesuffix("_orig_mod"), module


def _weights(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    for attribute in _attributes(module):
        parameter = _stored(module, attribute)
        if not isinstance(parameter, nn.Parameter) or not parameter.is_floating_point():
            continue
        if parameter.dim() > 1 and parameter.numel():
            yield attribute, parameter


def _attributes(module: nn.Module) -> list[str]:
    if isinstance(module, (*_CONVOLUTIONS, *_TRANSPOSED, *_ROWS)) or _is_turned_linear(module):
        return ["weight"]
    if isinstance(module, nn.MultiheadAttention):
        return list(_ATTENTION)
    if isinstance(module, _RECURRENT):
        own = [name.removesuffix("_orig") for name in module._parameters]  # noqa: SLF001  # in order
        computed = getattr(module, "parametrizations", {})
        return [name for name in dict.fromkeys([*own, *computed]) if name.startswith("weight_")]
    return []


def _stored(module: nn.Module, attribute: str) -> Tensor | None:
    """Returns the parameter that holds a weight; None if several do, as in weight norm."""
    if parametrize.is_parametrized(module, attribute):
        return getattr(module.parametrizations[attribute], "original", None)  # type: ignore[index]  # torch's own
    pruned = getattr(module, f"{attribute}_orig", None)  # by torch.nn.utils.prune
    return getattr(module, attribute, None) if pruned is None else pruned
