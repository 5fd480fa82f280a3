"""Attributions as HTML and pictures, for notebooks."""

from __future__ import annotations

from lightning_callbacks.showing.inputs import Shown, shown_inputs
from lightning_callbacks.showing.page import as_html
from lightning_callbacks.showing.pictures import as_png

__all__ = ["Shown", "as_html", "as_png", "shown_inputs"]
