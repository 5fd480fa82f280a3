/** What a model is made of, what flows where, and what each part costs. */
import type { Panel } from "../../types";
import { Controls } from "./Controls";
import { csv } from "./csv";
import { Detail } from "./Detail";
import { Main } from "./Main";
import { png } from "./png";
import style from "./style.css";

export const graph: Panel = {
  name: "graph",
  title: "Graph",
  question: "What is the model made of, and where is the cost?",
  needs: ["graph"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import ModelGraphMonitor

trainer = Trainer(callbacks=[ModelGraphMonitor()])`,
  Controls,
  Main,
  Detail,
  png,
  csv,
  style,
};
