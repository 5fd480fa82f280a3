/** What predictions rest on, by sample and epoch, for several runs and methods. */
import type { Panel } from "../../types";

export const attributions: Panel = {
  name: "attributions",
  title: "Attributions",
  question: "What does each run look at, and since when?",
  needs: ["cam", "attribution", "attribution_summary", "explanation_quality", "surrogate"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import AttributionMonitor, GradCAMMonitor

# Grad-CAM is for images; attributions are for tokens, columns and series, too.
trainer = Trainer(callbacks=[AttributionMonitor(), GradCAMMonitor()])`,
  load: () => import("./parts"),
};
