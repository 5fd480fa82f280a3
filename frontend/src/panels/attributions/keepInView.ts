/** Keeps the tile in depth in view: when another is chosen, and when columns come before it. */
import { computed, effect, untracked } from "@preact/signals";
import { spotOf } from "./layout";
import { type Strip, selectedSubject } from "./strip";
import { isInView, reveal } from "./walk";

/**
 * Scrolls `scroller` to the tile in depth whenever another one is chosen; when more records arrive,
 * only if it was in view before: who has scrolled elsewhere stays there. Returns what ends it.
 */
export function keepInView(strip: Strip, scroller: HTMLElement): () => void {
  const place = placeOf(strip);
  let known = "";
  let due = false;
  // Of the last frame: what is on the screen when the next change comes.
  let wasInView = (): boolean => true;
  return effect(() => {
    const { columns, samples } = strip.model;
    const [now, { height }] = [place.value, strip.view.value];
    void [columns.value, samples.value];
    if (height === 0 || samples.value.length === 0) return;
    due ||= now !== known || wasInView();
    known = now;
    if (!due) return;
    const frame = requestAnimationFrame(() => {
      due = false;
      const subject = untracked(() => selectedSubject(strip));
      const layout = strip.layout.peek();
      const spot = subject && spotOf(layout, subject);
      if (spot) reveal(layout, spot, scroller);
      wasInView = () => spot === null || isInView(layout, spot, scroller);
    });
    return () => cancelAnimationFrame(frame);
  });
}

/** Returns what tells one tile in depth from another. */
function placeOf({ model, context }: Strip) {
  return computed(() => {
    const { track, sample } = model;
    return JSON.stringify([
      track.value?.run,
      track.value?.method,
      sample.value?.hash,
      context.step.value,
    ]);
  });
}
