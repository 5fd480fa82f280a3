"""Makes the pictures of the README from a log directory that the demo wrote.

Usage: python -m tests.browser.screenshots LOGDIR
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests import servers
from tests.browser.chromium import launch
from tests.browser.explain import Explain

DOCS = Path(__file__).parents[2] / "docs"
LARGEST = 250_000  # bytes; a README should open at once
SIZE = {"width": 1440, "height": 900}
# Name, colour scheme, panel, settings of the link.
PICTURES = (
    ("attributions-light", "light", "attributions", {"attributions__run": "shortcut/version_0"}),
    ("overview-dark", "dark", "overview", {}),
    ("compare-light", "light", "compare", {"compare__view": "changes"}),
)


def main() -> None:
    """Writes every picture below docs/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logdir", type=Path)
    logdir = parser.parse_args().logdir
    DOCS.mkdir(exist_ok=True)
    with servers.tensorboard(logdir) as server, sync_playwright() as playwright:
        servers.eventually(lambda: server.catalog()["runs"])
        with launch(playwright) as browser:
            for name, scheme, panel, settings in PICTURES:
                data = picture(browser, server, scheme, panel, settings)
                (DOCS / f"{name}.png").write_bytes(data)
                print(f"docs/{name}.png: {len(data) / 1000:.0f} kB")


def picture(
    browser: Browser, server: servers.Server, scheme: str, panel: str, settings: dict[str, str]
) -> bytes:
    """Returns what the tab looks like, as a PNG."""
    page = browser.new_page(viewport=SIZE, color_scheme=scheme)
    tab = Explain(page, server.url).open(panel, **settings)
    page.mouse.move(SIZE["width"] - 5, 5)
    tab.settle()
    full = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    page.close()
    return small(full)


def small(full: Image.Image) -> bytes:
    """Returns a PNG of at most `LARGEST` bytes, with as many colours as that allows."""
    for colours in (None, 256, 128, 64):
        buffer = io.BytesIO()
        few = full if colours is None else fewer(full, colours)
        few.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= LARGEST:
            return buffer.getvalue()
    raise ValueError(f"{buffer.tell()} bytes even with {colours} colours, of {LARGEST}")


def fewer(full: Image.Image, colours: int) -> Image.Image:
    """Returns `full` with a palette of `colours`."""
    # Of Pillow's methods the one whose largest error is least: runs keep their colours.
    method = Image.Quantize.MAXCOVERAGE
    return full.quantize(colours, method=method, kmeans=3, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
