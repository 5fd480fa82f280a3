/** The view as it is on screen, as a picture. */
import type { Download } from "../../../types";
import { snapshot } from "../../../ui/snapshot";

/** Returns the sample in depth, or else all of the view; null while it is not on screen. */
export async function png(): Promise<Download | null> {
  const shown = document.querySelector<HTMLElement>(".att-depth, .att:not(:has(.att-depth))");
  return shown && snapshot(shown, "attributions.png");
}
