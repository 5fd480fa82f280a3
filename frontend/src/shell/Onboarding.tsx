/** What to do where nothing has been recorded yet: three ways to begin, and what to ask if none helps. */
import { signal } from "@preact/signals";
import { Recipe } from "../ui/Recipe";
import { Segmented } from "../ui/Segmented";

const WAYS = {
  trainer: {
    label: "Trainer",
    code: `from lightning.pytorch import Trainer
from lightning_callbacks import explain

trainer = Trainer(callbacks=explain())`,
  },
  cli: {
    label: "LightningCLI",
    code: `trainer:
  callbacks:
    - class_path: lightning_callbacks.Explain`,
  },
  loop: {
    label: "plain loop",
    code: `from lightning_callbacks import GradCAMMonitor, record

with record(model, "runs/first", [GradCAMMonitor()], data=dataset, optimizer=optimizer) as recorder:
    for epoch in range(epochs):
        for batch in loader:
            ...  # your training step
            recorder.step()
        recorder.end_epoch()`,
  },
} as const;
type Way = keyof typeof WAYS;

const DOCTOR = "tb-explain doctor LOGDIR";

const way = signal<Way>("trainer");

export function Onboarding() {
  const { code } = WAYS[way.value];
  return (
    <div class="state" data-testid="empty">
      <h3 class="named">Nothing has been recorded yet</h3>
      <p>
        No run in this log directory holds our records. Add a line to your training; the page fills
        itself while it runs.
      </p>
      <Segmented<Way>
        label="How you train"
        choices={Object.entries(WAYS).map(([value, { label }]) => ({ value: value as Way, label }))}
        value={way.value}
        testId="onboarding"
        onChange={(value) => {
          way.value = value;
        }}
      />
      <Recipe code={code} testId="copy-recipe" />
      <p>You have recorded, and still see this? The doctor says why, and what to do:</p>
      <Recipe code={DOCTOR} testId="copy-doctor" />
    </div>
  );
}
