/** Which layers learn, die, saturate or explode: activations, gradients and weights. */
import type { Panel } from "../../types";

export const layers: Panel = {
  name: "layers",
  title: "Layers",
  question: "Which layers learn, die, saturate or explode, and when did it begin?",
  needs: ["layer_statistics"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import ActivationMonitor, GradientMonitor, WeightMonitor

trainer = Trainer(callbacks=[
    ActivationMonitor(),
    GradientMonitor(every_n_train_steps=50),
    WeightMonitor(every_n_train_steps=50),
])`,
  load: () => import("./parts"),
};
