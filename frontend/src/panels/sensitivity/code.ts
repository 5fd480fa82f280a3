/** The code that applies a plan.json. */
import type { Plan } from "./planned";

/** Returns what to put into a script, and what to run beside it. */
export function codeOf({ edit }: Plan): string {
  const commands = `# before it is applied: one joint measurement, since effects don't add up
#   python -m lightning_callbacks.editing verify plan.json`;
  if (edit === "unstructured" || edit === "n:m") {
    return `${commands}
from lightning.pytorch import Trainer
from lightning_callbacks.editing import PruneToPlan

trainer = Trainer(callbacks=[PruneToPlan("plan.json")])
`;
  }
  return `${commands}
# then, the model with the plan applied, and its report:
#   python -m lightning_callbacks.editing apply plan.json
#   python -m lightning_callbacks.editing export plan.json
`;
}
