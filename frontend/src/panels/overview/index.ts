/** What was recorded, when and at what cost; and what each run makes of the probe samples. */
import type { Panel } from "../../types";

export const overview: Panel = {
  name: "overview",
  title: "Overview",
  question: "What was recorded, and what does each run make of the probe?",
  needs: ["predictions", "outputs", "setup"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import explain

trainer = Trainer(callbacks=explain())`,
  load: () => import("./parts"),
};
