"""The tab Explain as tests use it: opening, finding, waiting, placing, picturing."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Frame, Locator, Page, expect

from tb_explain.panels import PANELS
from tests import servers

PICTURES = Path(__file__).parents[2] / "screenshots"
SIZES = ((1280, 800), (1920, 1080))
IFRAME = 'iframe[src*="tb_explain"]'

# True once the film strip's last frame had every picture.
COMPLETE = """() => performance.getEntriesByName("tb-explain:draw").at(-1)?.detail.complete"""
# Of each two rounds the first ends behind what a drawn frame calls for (effects, what came near),
# the second behind what that has changed.
AFTER_PAINT = """async () => {
  for (let round = 0; round < 2; round++)
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""

# A button says for a moment that it has copied: it remembers all it said.
SAID = """(button) => {
  button.said = [];
  new MutationObserver(() => button.said.push(button.textContent)).observe(button, {
    characterData: true, childList: true, subtree: true,
  });
}"""

# The page's files that were fetched, and the bytes that were sent of each; definitions, which come
# when the first term is on screen, apart.
SCRIPTS = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.endsWith(".js") && !name.includes("/glossary-"))
  .map(({ name, transferSize }) => [name.split("/").at(-1), transferSize])"""
FILES = 2 + len(PANELS)  # index.js, what panels share, one for each panel

# What TensorBoard's own switch does, without its menu.
THEME = """(scheme) => document.body.classList.toggle("dark-mode", scheme === "dark")"""
# Brings a place of the film strip near its middle.
SCROLL = """(scroller, [left, top]) => {
  scroller.scrollTo(left - scroller.clientWidth / 2, top - scroller.clientHeight / 2);
  return [scroller.scrollLeft, scroller.scrollTop];
}"""


@dataclass(frozen=True)
class Box:
    """A rectangle in CSS pixels of the whole page."""

    x: float
    y: float
    width: float
    height: float

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Returns the point at fractions of the box."""
        return self.x + across * self.width, self.y + down * self.height

    @property
    def clip(self) -> dict[str, float]:
        """The box as a screenshot's `clip`."""
        return {"x": self.x, "y": self.y, "width": self.width, "height": self.height}


@dataclass(frozen=True)
class Explain:
    """The plugin's tab in a browser page."""

    page: Page
    base: str

    def open(self, panel: str = "overview", *, status: str = "ready", **settings: Any) -> Explain:
        """Opens the tab by a link and waits until the shell is as `status` says."""
        self.page.goto(self.base + link(panel=panel, **settings))
        self.wait(status)
        return self

    def wait(self, status: str = "ready") -> None:
        """Waits until the shell says `status`, and what it then shows is drawn."""
        expect(self["shell"]).to_have_attribute("data-status", status, timeout=20_000)
        expect(self.inside.locator(".progress")).to_have_count(0)
        self.settle()

    def settle(self) -> None:
        """Waits until all that was asked for is on screen."""
        self.frame.evaluate(AFTER_PAINT)
        if self["attributions-canvas"].count():  # whose last frame is of what is asked for by now
            self.frame.wait_for_function(COMPLETE)

    def wait_for_all_code(self) -> None:
        """Waits until the code of the panels that are not open has been fetched too.

        A test's own server may end only then: the page would complain of what does not come.
        """
        self.frame.wait_for_function(f"(count) => ({SCRIPTS})().length >= count", arg=FILES)

    @property
    def scripts(self) -> dict[str, int]:
        """The page's files that were fetched, and the bytes that were sent of each."""
        return dict(self.frame.evaluate(SCRIPTS))

    @property
    def inside(self) -> Any:
        """What finds elements of the plugin's page."""
        return self.page.frame_locator(IFRAME)

    @property
    def frame(self) -> Frame:
        """The plugin's own document, to run scripts in."""
        (frame,) = [each for each in self.page.frames if "plugin_entry" in each.url]
        return frame

    def __getitem__(self, test_id: str) -> Locator:
        return self.inside.get_by_test_id(test_id)

    def choose(self, control: str, label: str) -> None:
        """Clicks one of a row of choices."""
        self[control].get_by_text(label, exact=True).click()
        self.settle()

    def copied(self, button: str) -> str:
        """Clicks a button that copies and says so, and returns what is then on the clipboard."""
        self.frame.evaluate("navigator.clipboard.writeText('')")
        self[button].evaluate(SAID)
        self[button].click()
        text = servers.eventually(lambda: self.frame.evaluate("navigator.clipboard.readText()"))
        servers.eventually(lambda: "Copied" in self[button].evaluate("(button) => button.said"))
        return text

    def fact(self, name: str, *, within: str) -> str:
        """Returns a figure of a table of facts."""
        return self[within].locator(f'[data-fact="{name}"]').inner_text()

    @property
    def geometry(self) -> Any:
        """Where the film strip's tiles are."""
        return json.loads(self["attributions-canvas"].get_attribute("data-geometry"))

    def tile(self, run: str, sample: str, moment: int, *, method: str = "gradcam") -> Box:
        """Scrolls the tile into view and returns where it is on the page."""
        shown = self.geometry
        track = shown["tracks"].index({"run": run, "method": method})
        number = shown["samples"].index(sample)
        about, row = ("track", number) if shown["layout"] == "runs" else ("sample", track)
        wanted = track if about == "track" else number
        block = [each for each in shown["blocks"] if each[about] <= wanted][-1]
        column = moment + (wanted - block[about]) * shown["group"]
        left = shown["columns"][column]["left"]
        top = block["top"] + row * shown["pitchY"]
        scrolled = self["attributions-scroller"].evaluate(SCROLL, [left, top])
        self.settle()
        canvas = self["attributions-canvas"].bounding_box()
        x, y = canvas["x"] + left - scrolled[0], canvas["y"] + top - scrolled[1]
        return Box(x, y, shown["tile"], shown["tileHeight"])

    def picture(self, state: str) -> None:
        """Keeps pictures of what is on screen, if PICTURES is set: two sizes, light and dark."""
        if "PICTURES" not in os.environ:
            return
        PICTURES.mkdir(exist_ok=True)
        before = self.page.viewport_size
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            for scheme in ("dark", "light"):
                self.page.evaluate(THEME, scheme)
                self.settle()
                path = PICTURES / f"{state}-{width}-{scheme}.png"
                self.page.screenshot(path=path, animations="disabled")
        self.page.set_viewport_size(before)


def link(**settings: Any) -> str:
    """Returns the part of a URL that opens the tab with `settings`; `__` stands for a dot."""
    parts = [
        f"&p.tb_explain.{key.replace('__', '.')}={quote(_text(value), safe='')}"
        for key, value in settings.items()
    ]
    return "#tb_explain" + "".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(entry.replace("~", "~0").replace(",", "~1") for entry in value)
    return str(value)
