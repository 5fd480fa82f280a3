/** The lines of words as they are on screen, as a picture. */
import type { Download } from "../../../types";
import { listPng } from "../listPng";

export function png(): Promise<Download | null> {
  return listPng("attributions-text.png");
}
