/** Any two moments of any runs, side by side: what changed, how much, and where to look. */
import type { Panel } from "../../types";

export const compare: Panel = {
  name: "compare",
  title: "Compare",
  question: "What changed between two moments, or two runs?",
  needs: ["cam", "attribution", "predictions", "layer_statistics", "sensitivity"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import ActivationMonitor, AttributionMonitor, GradientMonitor

# Runs compare where they watch the same samples: give each the same probe.
trainer = Trainer(callbacks=[AttributionMonitor(), ActivationMonitor(), GradientMonitor()])`,
  load: () => import("./parts"),
};
