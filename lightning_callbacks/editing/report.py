"""A report as a page of Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightning_callbacks.editing.export import Report

_DRIFT = {
    "drift_spearman": "Spearman correlation of the maps (1: alike)",
    "drift_ssim": "structural similarity, SSIM (1: alike)",
    "drift_top": "overlap of the top tenth, IoU (1: alike)",
    "drift_centre": "way of the centre, share of the diagonal (0: alike)",
}


def as_markdown(report: Report) -> str:
    """Returns the report for people: a table before | after | ratio, files, explanations."""
    after, before = report.after, report.before
    rows = [
        ("parameters", "parameters", _count),
        ("of these not zero", "nonzero", _count),
        ("bytes of the state dict", "bytes", _count),
        ("multiply-adds per sample", "macs", _count),
        ("milliseconds, 1 sample", "seconds_one", _milliseconds),
        (f"milliseconds, {after.batch} samples", "seconds_batch", _milliseconds),
        ("loss", "loss", _figure),
        (after.metric_name, "metric", _figure),
    ]
    lines = ["# Report", "", "| | before | after | after / before |", "|---|---:|---:|---:|"]
    lines += [_row(label, before, after, name, shown) for label, name, shown in rows]
    where = f"times are medians on {after.machine}, {after.threads} threads."
    lines += [
        "",
        f"Measured on {after.samples} samples; {where}",
        *_explanations(report),
        "",
        "## Files",
        "",
        *[f"- {kind}: {name}" for kind, name in report.files.items()],
        *[f"\n{note}" for note in report.notes],
    ]
    return "\n".join(lines) + "\n"


def _row(label: str, before: Any, after: Any, name: str, shown: Callable[[Any], str]) -> str:
    new = getattr(after, name)
    old = None if before is None else getattr(before, name)
    is_cost = name not in ("loss", "metric")
    ratio = f"{new / old:.2f}" if is_cost and new is not None and old else ""
    return f"| {label} | {shown(old)} | {shown(new)} | {ratio} |"


def _explanations(report: Report) -> list[str]:
    if not report.drift:
        return []
    return [
        "",
        f"## Explanations ({report.method}), before against after",
        "",
        *[f"- {_DRIFT[name]}: {value:.2f}" for name, value in report.drift.items()],
    ]


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{1e3 * value:.2f}"


def _figure(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.4f}"
