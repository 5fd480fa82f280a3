/** Which film strip is on screen: what a download of "what is shown" is made from. */
import { signal } from "@preact/signals";
import type { PanelContext } from "../../types";
import type { Strip } from "./strip";

interface Shown {
  readonly strip: Strip;
  readonly scroller: HTMLElement;
}

const shown = signal<Shown | null>(null);

/** Says that `strip` is on screen; returns what says that it is no longer. */
export function showStrip(strip: Strip, scroller: HTMLElement): () => void {
  const mine = { strip, scroller };
  shown.value = mine;
  return () => {
    if (shown.peek() === mine) shown.value = null;
  };
}

export function stripOf(context: PanelContext): Shown | null {
  return shown.value?.strip.context === context ? shown.value : null;
}
