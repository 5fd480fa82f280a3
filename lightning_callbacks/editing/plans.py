"""Plans from files, and as JSON objects."""

from __future__ import annotations

from pathlib import Path

from tb_explain.planning import Plan, PlanError


def read_plan(plan: Plan | str | Path) -> Plan:
    """Returns `plan`, or the one in the file of that path.

    Raises:
      PlanError: there is no such file, or it is no plan.
    """
    if isinstance(plan, Plan):
        return plan
    path = Path(plan)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanError(
            f"There is no plan at {path}: {error.strerror}. Download plan.json from the panel "
            "Sensitivity, or make one with tb_explain.planning.make_plan."
        ) from error
    return Plan.from_json(text)
