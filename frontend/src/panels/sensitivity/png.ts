/** The panel as it is on screen, as a picture. */
import type { Download } from "../../types";
import { snapshot } from "../../ui/snapshot";

/** Returns null while the panel is not on screen. */
export async function png(): Promise<Download | null> {
  const shown = document.querySelector<HTMLElement>(".se");
  return shown && snapshot(shown, "explain-sensitivity.png");
}
