"""How much a model changes when its parts are pruned, narrowed, quantised or shared."""

from lightning_callbacks.sensitivity.correlation import correlation
from lightning_callbacks.sensitivity.estimates import METHODS, estimate_sensitivity
from lightning_callbacks.sensitivity.repair import with_repaired
from lightning_callbacks.sensitivity.scan import scan_sensitivity

__all__ = ["METHODS", "correlation", "estimate_sensitivity", "scan_sensitivity", "with_repaired"]
