"""axe-core in the plugin's own document: what it says against what is on screen."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

from playwright.sync_api import Frame

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Rules that cannot hold of a page within TensorBoard's.
OFF = {
    "bypass": "TensorBoard puts this document into a frame without a title or a way around it",
}
RUN = """async ([only, off]) => {
  const rules = Object.fromEntries(off.map((name) => [name, { enabled: false }]));
  const options = { runOnly: only, rules, resultTypes: ["violations"] };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html, any, all, none }) => {
      const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
      return { id, help, why, target: target.join(" "), html: html.slice(0, 300) };
    }));
}"""


def violations(frame: Frame, only: Sequence[str] = TAGS) -> list[dict[str, Any]]:
    """Returns what axe-core finds by all rules, or `only` some: which, where, and why."""
    if not frame.evaluate("typeof axe === 'object'"):
        frame.evaluate(_source())
    found: list[dict[str, Any]] = frame.evaluate(
        RUN, [list(only), list(OFF) if only is TAGS else []]
    )
    return found


def _source() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
