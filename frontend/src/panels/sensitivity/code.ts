/** The code that applies a plan.json. */
import type { Plan } from "./planned";

const CALLBACKS: Readonly<Partial<Record<Plan["edit"], string>>> = {
  unstructured: "PruneToPlan",
  "n:m": "PruneToPlan",
  channel: "ShrinkToPlan",
  heads: "ShrinkToPlan",
};

// As in the command line's own help: what is named makes a model, or is batches.
const NAMED = "--model my.nets:make --data my.data:val";

const VERIFY = `# First measure all cuts together, since effects don't add up:
#   python -m lightning_callbacks.editing verify plan.json ${NAMED}
`;

/** Returns what to put into a script, and what to run before it. */
export function codeOf({ edit }: Plan): string {
  const callback = CALLBACKS[edit];
  if (callback === undefined) {
    return `${VERIFY}# Then apply it, or write the smaller model with its report:
#   python -m lightning_callbacks.editing apply plan.json ${NAMED} --output small.pt
#   python -m lightning_callbacks.editing export plan.json ${NAMED} --output folder
`;
  }
  return `${VERIFY}
from lightning.pytorch import Trainer
from lightning_callbacks.editing import ${callback}

trainer = Trainer(callbacks=[${callback}("plan.json")])
`;
}
