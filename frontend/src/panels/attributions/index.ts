/** Where a model looks, sample by sample and epoch by epoch, for several runs and methods. */
import type { Panel } from "../../types";
import { Controls } from "./Controls";
import { csv } from "./csv";
import { Detail } from "./Detail";
import { Main } from "./Main";
import { png } from "./png";
import style from "./style.css";

export const attributions: Panel = {
  name: "attributions",
  title: "Attributions",
  question: "Where does each run look, and since when?",
  needs: ["cam"],
  recipe: `from lightning.pytorch import Trainer
from lightning_callbacks import GradCAMMonitor

trainer = Trainer(callbacks=[GradCAMMonitor()])`,
  Controls,
  Main,
  Detail,
  png,
  csv,
  style,
};
