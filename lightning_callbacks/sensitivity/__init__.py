"""How much a model changes when its parts are pruned, narrowed, quantised or shared."""

from lightning_callbacks.sensitivity.scan import scan_sensitivity

__all__ = ["scan_sensitivity"]
