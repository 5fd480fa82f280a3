/** The signals as they are on screen, as a picture. */
import type { Download } from "../../../types";
import { listPng } from "../listPng";

export function png(): Promise<Download | null> {
  return listPng("attributions-series.png");
}
