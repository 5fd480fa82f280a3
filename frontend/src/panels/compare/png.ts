/** The open view as a picture. */
import type { Download } from "../../types";
import { snapshot } from "../../ui/snapshot";
import { chosen } from "./settings";

export async function png(): Promise<Download | null> {
  const panel = document.querySelector<HTMLElement>(".cmp");
  return panel && snapshot(panel, `compare-${chosen.view.value}.png`);
}
