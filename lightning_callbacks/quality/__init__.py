"""How far an explanation can be believed: measures, drift, verdicts, and their monitor."""

from lightning_callbacks.quality.measures import MEASURES
from lightning_callbacks.quality.monitor import ExplanationQualityMonitor

__all__ = ["MEASURES", "ExplanationQualityMonitor"]
