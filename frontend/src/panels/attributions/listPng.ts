/** A list of samples, as far as it is on screen, as a picture. */
import type { Download } from "../../types";
import { snapshot } from "../../ui/snapshot";

/** Returns null while no list is on screen; of a long one the part that is in view. */
export async function listPng(name: string): Promise<Download | null> {
  const view = document.querySelector(".attr-space")?.closest<HTMLElement>(".main");
  return view ? snapshot(view, name) : null;
}
