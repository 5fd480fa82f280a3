"""DeepLIFT (Rescale rule) for any eager model; the operator is the unit, not the module.

Shrikumar et al. 2017, "Learning Important Features Through Propagating Activation Differences";
Ancona et al. 2018, "Towards better understanding of gradient-based attribution methods", writes it
as a gradient with replaced derivatives, which is how it is computed here. Where the papers have no
rule (products, attention, normalisation, maxima), each rule family's file says what it does.
"""

from __future__ import annotations

from lightning_callbacks.methods.deeplift.call import DeepLiftError
from lightning_callbacks.methods.deeplift.core import DeepLift, deeplift

__all__ = ["DeepLift", "DeepLiftError", "deeplift"]
