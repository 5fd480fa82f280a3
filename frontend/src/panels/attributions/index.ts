/** Where a model looks, sample by sample and epoch by epoch, for several runs and methods. */
import type { Panel } from "../../types";

export const attributions: Panel = {
  name: "attributions",
  title: "Attributions",
  question: "Where does each run look, and since when?",
  needs: ["cam"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import GradCAMMonitor

trainer = Trainer(callbacks=[GradCAMMonitor()])`,
  load: () => import("./parts"),
};
