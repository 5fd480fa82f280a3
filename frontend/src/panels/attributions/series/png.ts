/** The signals as they are on screen, as a picture. */
import type { Download } from "../../../types";
import { snapshot } from "../../../ui/snapshot";

/** Returns null while they are not on screen. */
export async function png(): Promise<Download | null> {
  const shown = document.querySelector<HTMLElement>(".attr-space");
  return shown && snapshot(shown, "attributions-series.png");
}
