"""Choosing monitors for a model and its data: what is found, what fits, and why."""

from __future__ import annotations

from lightning_callbacks.choosing.choose import choose
from lightning_callbacks.choosing.setup import PRESETS, Choice, LeftOut, Preset, Setup

__all__ = ["PRESETS", "Choice", "LeftOut", "Preset", "Setup", "choose"]
