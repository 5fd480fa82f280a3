"""From a measured sensitivity and a budget to a plan of what to cut; numpy only."""

from tb_explain.planning.allocators import ALLOCATORS, Allocator
from tb_explain.planning.make import make_plan
from tb_explain.planning.plan import Budget, Constraints, Cut, Plan, PlanError
from tb_explain.planning.sensitivity import EDITS, Layer, Sensitivity, Unit

__all__ = [
    "ALLOCATORS",
    "EDITS",
    "Allocator",
    "Budget",
    "Constraints",
    "Cut",
    "Layer",
    "Plan",
    "PlanError",
    "Sensitivity",
    "Unit",
    "make_plan",
]
