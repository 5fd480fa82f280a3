/** What a model is made of, what flows where, and what each part costs. */
import type { Panel } from "../../types";

export const graph: Panel = {
  name: "graph",
  title: "Graph",
  question: "What is the model made of, and where is the cost?",
  needs: ["graph"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import ModelGraphMonitor

trainer = Trainer(callbacks=[ModelGraphMonitor()])`,
  load: () => import("./parts"),
};
