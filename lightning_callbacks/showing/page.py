"""Attributions as HTML that needs nothing else: no script, no file, no network; any theme.

All text of the user's goes in escaped.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lightning_callbacks.showing.colours import NEGATIVE, POSITIVE, colours, ink
from lightning_callbacks.showing.pictures import pictures_of, png, scale_of

if TYPE_CHECKING:
    from lightning_callbacks.attribution import Attribution
    from lightning_callbacks.showing.inputs import Shown

_MOST_TOKENS = 400
_MOST_FEATURES = 12
_CHANNELS = 4
_WIDTH, _HEIGHT = 480, 70  # of a drawn signal
# Light unless the notebook (Jupyter, VS Code, Colab) is dark or, where none says, the browser is.
_DARK = "[data-jp-theme-light=false] .tbx-w,.vscode-dark .tbx-w,[theme=dark] .tbx-w"
_UNTHEMED = (
    ":root:not([theme]) body:not([data-jp-theme-light]):not(.vscode-light):not(.vscode-dark) .tbx-w"
)
_STYLE = """<style>
.tbx,.tbx-head{font:13px/1.5 system-ui,sans-serif}
.tbx{display:flex;flex-wrap:wrap;gap:12px;align-items:flex-start}
.tbx figure{margin:0;max-width:100%}
.tbx figcaption,.tbx-head{opacity:.8;font-size:12px}
.tbx img{display:inline-block;margin:0 4px 0 0;vertical-align:top}
.tbx-text{max-width:72ch;overflow-wrap:anywhere;line-height:1.9}
.tbx-w{background:var(--l);color:var(--lc);padding:1px 2px;border-radius:2px}
.tbx table{border-collapse:collapse;font:inherit}
.tbx td{padding:1px 6px;text-align:left;background:none;border:0;color:inherit}
.tbx-bar{position:relative;width:180px;height:12px;display:block}
.tbx-bar i{position:absolute;top:0;bottom:0}
.tbx-bar b{position:absolute;left:50%;top:-2px;bottom:-2px;border-left:1px solid;opacity:.5}
DARK{background:var(--d);color:var(--dc)}
@media (prefers-color-scheme:dark){UNTHEMED{background:var(--d);color:var(--dc)}}
</style>""".replace("DARK", _DARK).replace("UNTHEMED", _UNTHEMED)


def as_html(found: Attribution) -> str:
    """Returns a piece of HTML: a line on the method, then the first samples with their values."""
    shown = found.shown
    parts = [] if shown is None else _DRAWN[shown.kind](found, shown)
    figures = "".join(
        f"<figure>{part}<figcaption>{escape(_caption(found, n))}</figcaption></figure>"
        for n, part in enumerate(parts)
    )
    head = f'<div class="tbx-head">{escape(_head(found))}</div>'
    return f'{_STYLE}{head}<div class="tbx">{figures}</div>'


def _head(found: Attribution) -> str:
    where = "" if found.layer is None else f" of layer {found.layer}"
    words = [f"{found.method}{where}", f"unit: {found.unit}"]
    if found.delta is not None:
        words.append(f"values add up to within {float(found.delta.abs().max()):.2g}")
    shown = found.shown
    if shown is not None:
        count = min(shown.samples, len(_samples(shown)))
        words.append(f"strongest colour: {scale_of(found, count):.3g}")
        if count < shown.samples:
            words.append(f"the first {count} of {shown.samples} samples")
    return " · ".join([*words, *found.notes])


def _samples(shown: Shown) -> list[object]:
    """Returns one entry per sample shown."""
    kept = (shown.pictures, shown.signals, shown.tokens, shown.rows)
    return list(next(each for each in kept if each is not None))


def _caption(found: Attribution, sample: int) -> str:
    target = int(found.target[sample])
    what = "output" if target < 0 else f"class {target}: logit"
    return f"{sample} · {what} {float(found.output[sample]):.3g}"


def _images(found: Attribution, _shown: Shown) -> list[str]:
    return [_image(picture) + _image(over) for picture, over in pictures_of(found)]


def _image(picture: Image.Image, size: tuple[int, int] | None = None) -> str:
    width, height = size or picture.size
    data = base64.b64encode(png(picture)).decode()
    return f'<img alt="" width="{width}" height="{height}" src="data:image/png;base64,{data}">'


def _texts(found: Attribution, shown: Shown) -> list[str]:
    tokens, real = shown.tokens or (), shown.real
    scale = scale_of(found, len(tokens))
    drawn = []
    for sample, words in enumerate(tokens):
        kept = [n for n in range(len(words)) if real is None or bool(real[sample, n])]
        spans = [
            _word(words[n], float(found.values[sample, n]) / scale) for n in kept[:_MOST_TOKENS]
        ]
        more = len(kept) - len(spans)
        rest = f" … {more} more" if more else ""
        drawn.append(f'<div class="tbx-text">{" ".join(spans)}{rest}</div>')
    return drawn


def _word(text: str, share: float) -> str:
    (light, on_light), (dark, on_dark) = ink(share, "vik"), ink(share, "berlin")
    style = f"--l:{light};--lc:{on_light};--d:{dark};--dc:{on_dark}"
    return f'<span class="tbx-w" style="{style}" title="{share:+.0%}">{escape(text)}</span>'


def _tables(found: Attribution, shown: Shown) -> list[str]:
    rows = shown.rows or ()
    scale = scale_of(found, len(rows))
    drawn = []
    for features, values in zip(rows, found.values.tolist(), strict=False):
        order = sorted(range(len(features)), key=lambda n, own=values: -abs(own[n]))  # type: ignore[misc]  # bound as it is now
        lines = [_bar(*features[n], values[n], scale) for n in order[:_MOST_FEATURES]]
        more = len(order) - len(lines)
        rest = f"<tr><td colspan=4>… {more} more</td></tr>" if more else ""
        drawn.append(f"<table>{''.join(lines)}{rest}</table>")
    return drawn


def _bar(name: str, value: str, share: float, scale: float) -> str:
    held = min(1.0, abs(share) / scale) if np.isfinite(share) else 0.0
    left, colour = (50.0, POSITIVE) if share >= 0 else (50 - 50 * held, NEGATIVE)
    bar = f'<i style="left:{left:.1f}%;width:{50 * held:.1f}%;background:{colour}"></i><b></b>'
    cells = (escape(name), escape(value), f'<span class="tbx-bar">{bar}</span>', f"{share:+.3g}")
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _series(found: Attribution, shown: Shown) -> list[str]:
    signals = np.zeros((0, 1, 1)) if shown.signals is None else shown.signals.numpy()
    scale = scale_of(found, len(signals))
    drawn = []
    for signal, values in zip(signals, found.values.float().numpy(), strict=False):
        channels = [
            _signal(points, values[min(c, len(values) - 1)].reshape(-1) / scale, found.signed)
            for c, points in enumerate(signal[:_CHANNELS])
        ]
        more = len(signal) - len(channels)
        drawn.append("<br>".join(channels) + (f"<br>… {more} more channels" if more > 0 else ""))
    return drawn


def _signal(points: np.ndarray, shares: np.ndarray, signed: bool) -> str:
    """Returns one channel as a line, on a ground that shows the values."""
    finite = np.nan_to_num(shares)
    paint = (
        colours("vik", 0.5 + 0.25 * np.sign(finite))
        if signed
        else colours("vik", 0.75 + 0 * finite)
    )
    alpha = 200 * np.clip(np.abs(finite), 0, 1)
    strip = np.concatenate([paint, alpha[:, None]], axis=1)[None]
    data = base64.b64encode(png(Image.fromarray(np.rint(strip).astype(np.uint8)))).decode()
    low, high = float(np.nanmin(points)), float(np.nanmax(points))
    heights = _HEIGHT - 4 - (np.nan_to_num(points) - low) / ((high - low) or 1) * (_HEIGHT - 8)
    places = np.linspace(0, _WIDTH, len(points))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(places, heights, strict=True))
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f'<image href="data:image/png;base64,{data}" width="{_WIDTH}" height="{_HEIGHT}" '
        'preserveAspectRatio="none" style="image-rendering:pixelated"/>'
        f'<polyline points="{line}" fill="none" stroke="currentColor"/></svg>'
    )


_DRAWN: Mapping[str, Callable[[Attribution, Shown], list[str]]] = {
    "image": _images,
    "text": _texts,
    "tabular": _tables,
    "series": _series,
}
