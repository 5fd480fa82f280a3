/** Which layers learn, die, saturate or explode: activations, gradients and weights. */
import type { Panel } from "../../types";
import { Controls } from "./Controls";
import { csv } from "./csv";
import { Detail } from "./Detail";
import { Main } from "./Main";
import { png } from "./png";
import style from "./style.css";

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
  Controls,
  Main,
  Detail,
  png,
  csv,
  style,
};
