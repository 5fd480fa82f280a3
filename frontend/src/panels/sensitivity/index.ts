/** What can be cut, at what price: sensitivities, and the plans that follow from them. */
import type { Panel } from "../../types";

export const sensitivity: Panel = {
  name: "sensitivity",
  title: "Sensitivity",
  question: "What can be cut, at what price, and does that change while it trains?",
  needs: ["sensitivity", "plan"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import SensitivityMonitor

trainer = Trainer(callbacks=[
    SensitivityMonitor(),
    SensitivityMonitor("channel"),
])`,
  load: () => import("./parts"),
};
