"""The kinds of edits a scan can measure, by the name plans know them by."""

from __future__ import annotations

from collections.abc import Mapping

from lightning_callbacks.sensitivity.edits.edited import MakeEdits

EDIT_KINDS: Mapping[str, MakeEdits] = {}
