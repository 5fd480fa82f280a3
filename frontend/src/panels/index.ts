/** The panels, in the order of their tabs. */
import type { Panel } from "../types";
import { attention } from "./attention";
import { attributions } from "./attributions";
import { compare } from "./compare";
import { graph } from "./graph";
import { layers } from "./layers";
import { overview } from "./overview";
import { sensitivity } from "./sensitivity";

export const PANELS: readonly Panel[] = [
  overview,
  attributions,
  layers,
  attention,
  sensitivity,
  compare,
  graph,
];
