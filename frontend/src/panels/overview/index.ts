/** What was recorded, when and at what cost; and what each run makes of the probe samples. */
import type { Panel } from "../../types";
import { Controls } from "./Controls";
import { csv } from "./csv";
import { Detail } from "./Detail";
import { Main } from "./Main";
import { png } from "./png";
import style from "./style.css";

export const overview: Panel = {
  name: "overview",
  title: "Overview",
  question: "What was recorded, and what does each run make of the probe?",
  needs: ["predictions", "outputs"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import GradCAMMonitor, OutputMonitor

trainer = Trainer(callbacks=[GradCAMMonitor(), OutputMonitor()])`,
  Controls,
  Main,
  Detail,
  png,
  csv,
  style,
};
