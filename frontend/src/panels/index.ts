/** The panels, in the order of their tabs. */
import type { Panel } from "../types";
import { overview } from "./overview";

export const PANELS: readonly Panel[] = [overview];
