"""The parts of a ResNet-20 on 32 x 32 images of 3 channels: weights, and groups of channels."""

from __future__ import annotations

from tb_explain.planning import Layer, Unit

WIDTHS = (16, 32, 64)
BLOCKS = 3
SIDE = 32  # pixels
SECONDS_PER_MAC = 1.4e-10

# Name, kernel side, output pixels' side, group of the inputs (None: they stay), of the outputs.
_Conv = tuple[str, int, int, int | None, int | None]


def _stages() -> list[tuple[str, int]]:
    return [(f"stage{s + 1}", width) for s, width in enumerate(WIDTHS)]


def _groups() -> list[tuple[str, int, list[str]]]:
    """Returns (first layer, channels, members) of each group of coupled channels."""
    found: list[tuple[str, int, list[str]]] = []
    for s, (stage, width) in enumerate(_stages()):
        trunk = [f"{stage}.{b}.conv2" for b in range(BLOCKS)]
        head = ["stem"] if s == 0 else [f"{stage}.0.shortcut"]
        found.append((head[0], width, head + trunk))
        found += [(f"{stage}.{b}.conv1", width, [f"{stage}.{b}.conv1"]) for b in range(BLOCKS)]
    return found


GROUPS = _groups()
_GROUP_OF = {member: g for g, (_, _, members) in enumerate(GROUPS) for member in members}


def _convolutions() -> list[_Conv]:
    convs: list[_Conv] = [("stem", 3, SIDE, None, 0)]
    trunk = 0
    for s, (stage, _) in enumerate(_stages()):
        side = SIDE >> s
        own = _GROUP_OF[f"{stage}.0.conv2"]
        for b in range(BLOCKS):
            inner = _GROUP_OF[f"{stage}.{b}.conv1"]
            convs.append((f"{stage}.{b}.conv1", 3, side, trunk, inner))
            convs.append((f"{stage}.{b}.conv2", 3, side, inner, own))
            if b == 0 and s > 0:
                convs.append((f"{stage}.0.shortcut", 1, side, trunk, own))
            trunk = own
    return convs


def _layer(name: str, kernel: int, side: int, inner: int | None, outer: int | None) -> Layer:
    channels = 3 if inner is None else GROUPS[inner][1]
    out = GROUPS[outer][1] if outer is not None else 10
    weights = kernel * kernel * channels * out
    macs = weights * side * side
    ins = [] if inner is None else [(inner, 1.0)]
    return Layer(name, weights, macs, macs * SECONDS_PER_MAC, outer, ins)


def group_layers() -> list[Layer]:
    """Returns every layer, with the groups that its cost follows from."""
    head = _layer("fc", 1, 1, len(GROUPS) - 1 - BLOCKS, None)
    return [*(_layer(*conv) for conv in _convolutions()), head]


def weight_units() -> list[Unit]:
    """Returns every weight, in the order of the forward pass."""
    return [
        Unit(
            f"{layer.name}.weight",
            "Linear" if layer.name == "fc" else "Conv2d",
            [f"{layer.name}.weight"],
            layer.parameters,
            layer.parameters,
            layer.macs,
            layer.seconds,
            _shape(layer),
        )
        for layer in group_layers()
    ]


def _shape(layer: Layer) -> list[int]:
    out = 10 if layer.out is None else GROUPS[layer.out][1]
    inside = 3 if not layer.ins else GROUPS[layer.ins[0][0]][1]
    side = 3 if layer.parameters == 9 * out * inside else 1
    return [out, inside] if layer.name == "fc" else [out, inside, side, side]


def group_units() -> list[Unit]:
    """Returns every group of coupled channels."""
    layers = group_layers()
    units = []
    for g, (name, width, members) in enumerate(GROUPS):
        own = [layer for layer in layers if layer.out == g]
        parameters = sum(layer.parameters for layer in own)
        macs = sum(layer.macs for layer in own)
        units.append(Unit(name, "Conv2d", members, width, parameters, macs, macs * SECONDS_PER_MAC))
    return units
