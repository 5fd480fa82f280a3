"""Acting on what was seen: prune, shrink, share weights, quantise, distil, customise, export."""

from lightning_callbacks.editing.apply import applied
from lightning_callbacks.editing.customise import Customised, customise
from lightning_callbacks.editing.distil import DistilFrom
from lightning_callbacks.editing.export import Report, export
from lightning_callbacks.editing.joint import JointPlan, plan_jointly
from lightning_callbacks.editing.masks import apply_plan
from lightning_callbacks.editing.measure import Measured, measure
from lightning_callbacks.editing.prune import PruneToPlan
from lightning_callbacks.editing.quantise import Quantised, QuantiseError, quantise
from lightning_callbacks.editing.recalibrate import recalibrate_batchnorm
from lightning_callbacks.editing.share import Shared, ShareWeights, share_weights
from lightning_callbacks.editing.shrink import load_shrunk, shrink, transplant_optimizer
from lightning_callbacks.editing.shrink_callback import ShrinkToPlan
from lightning_callbacks.editing.verify import verify_plan

__all__ = [
    "Customised",
    "DistilFrom",
    "JointPlan",
    "Measured",
    "PruneToPlan",
    "QuantiseError",
    "Quantised",
    "Report",
    "ShareWeights",
    "Shared",
    "ShrinkToPlan",
    "applied",
    "apply_plan",
    "customise",
    "export",
    "load_shrunk",
    "measure",
    "plan_jointly",
    "quantise",
    "recalibrate_batchnorm",
    "share_weights",
    "shrink",
    "transplant_optimizer",
    "verify_plan",
]
