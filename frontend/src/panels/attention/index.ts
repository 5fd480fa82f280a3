/** Which tokens each head of each attention layer reads, and how that changes in training. */
import type { Panel } from "../../types";
import { Controls } from "./Controls";
import { csv } from "./csv";
import { Detail } from "./Detail";
import { Main } from "./Main";
import { png } from "./png";
import style from "./style.css";

export const attention: Panel = {
  name: "attention",
  title: "Attention",
  question: "Which tokens does each head look at, and how does that change?",
  needs: ["attention", "attention_statistics"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import AttentionMonitor

trainer = Trainer(callbacks=[AttentionMonitor()])`,
  Controls,
  Main,
  Detail,
  png,
  csv,
  style,
};
