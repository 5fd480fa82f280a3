/** Which tokens each head of each attention layer reads, and how that changes in training. */
import type { Panel } from "../../types";

export const attention: Panel = {
  name: "attention",
  title: "Attention",
  question: "Which tokens does each head look at, and how does that change?",
  needs: ["attention", "attention_statistics"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import AttentionMonitor

trainer = Trainer(callbacks=[AttentionMonitor()])`,
  load: () => import("./parts"),
};
