"""Where attention modules keep their heads: torch's own, and those of q, k, v and o linears.

It knows names and shapes of layers; nothing of what is done to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

# (query, key, value, out) below a module: BERT, ViT and BEiT; DistilBERT; BART, CLIP, OPT and
# SigLIP; LLaMA-like; T5.
_LAYOUTS = (
    ("self.query", "self.key", "self.value", "output.dense"),
    ("attention.query", "attention.key", "attention.value", "output.dense"),
    ("q_lin", "k_lin", "v_lin", "out_lin"),
    ("q_proj", "k_proj", "v_proj", "out_proj"),
    ("q_proj", "k_proj", "v_proj", "o_proj"),
    ("query", "key", "value", "out"),
    ("q", "k", "v", "o"),
)
_COUNTS = ("num_attention_heads", "num_heads", "n_heads")


@dataclass(frozen=True)
class Attention:
    """One attention module.

    Attributes:
      name: of the module.
      heads: how many.
      width: of one head.
      projections: names of the linears of queries, keys and values; empty of torch's own.
      out: name of the linear that reads the heads side by side.
      holder: name of the module that counts the heads.
    """

    name: str
    heads: int
    width: int
    projections: tuple[str, ...]
    out: str
    holder: str

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the linears."""
        return (*self.projections, self.out)


def find_attentions(model: nn.Module) -> list[Attention]:
    """Returns the attention modules whose heads can be told apart, in the model's order."""
    found: dict[str, Attention] = {}
    for name, module in model.named_modules():
        attention = _torch_attention(name, module) or _of_linears(name, module)
        # Of nested names the first, outermost, knows all of them.
        if attention and attention.out not in found:
            found[attention.out] = attention
    return list(found.values())


def attention_layers(model: nn.Module) -> Iterator[str]:
    """Yields the names of all linears of attention modules."""
    for attention in find_attentions(model):
        yield from attention.layers
        yield attention.name


def count_name(holder: nn.Module) -> str | None:
    """Returns the attribute that counts the heads of `holder`."""
    return next((name for name in _COUNTS if isinstance(getattr(holder, name, None), int)), None)


def _torch_attention(name: str, module: nn.Module) -> Attention | None:
    if not isinstance(module, nn.MultiheadAttention):
        return None
    out = f"{name}.out_proj".lstrip(".")
    return Attention(name, module.num_heads, module.head_dim, (), out, name)


def _of_linears(name: str, module: nn.Module) -> Attention | None:
    for layout in _LAYOUTS:
        linears = [_linear(module, path) for path in layout]
        holder_path = layout[0].rpartition(".")[0]
        if not all(linears):
            continue
        holder = module.get_submodule(holder_path)
        count = count_name(holder)
        widths = {linear.out_features for linear in linears[:3] if linear}
        # Fewer keys than queries: heads share them, and can't be removed one by one.
        if count is None or len(widths) > 1:
            continue
        heads = getattr(holder, count)
        names = [f"{name}.{path}".lstrip(".") for path in layout]
        holder_name = f"{name}.{holder_path}".strip(".")
        return Attention(
            name, heads, widths.pop() // heads, tuple(names[:3]), names[3], holder_name
        )
    return None


def _linear(module: nn.Module, path: str) -> nn.Linear | None:
    for part in path.split("."):
        child = getattr(module, part, None)
        if not isinstance(child, nn.Module):
            return None
        module = child
    return module if isinstance(module, nn.Linear) else None
