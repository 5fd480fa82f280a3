/** Which film strip is on screen: what a download of "what is shown" is made from. */
import type { PanelContext } from "../../types";
import type { Strip } from "./strip";

interface Shown {
  readonly strip: Strip;
  readonly scroller: HTMLElement;
}

let shown: Shown | null = null;

/** Says that `strip` is on screen; returns what says that it is no longer. */
export function showStrip(strip: Strip, scroller: HTMLElement): () => void {
  const mine = { strip, scroller };
  shown = mine;
  return () => {
    if (shown === mine) shown = null;
  };
}

export function stripOf(context: PanelContext): Shown | null {
  return shown?.strip.context === context ? shown : null;
}
