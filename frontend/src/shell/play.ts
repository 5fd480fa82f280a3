/** Walks through the moments by itself. */
import { effect, signal } from "@preact/signals";
import { context, moveMoment, wanted } from "../context";
import { visible } from "../live";

const MS_PER_MOMENT = 500;
const CALM_MS_PER_MOMENT = 1500; // where the system asks for reduced motion

export const playing = signal(false);

/** Starts, from the first moment if the scrubber stands at the last one, or stops. */
export function togglePlay(): void {
  const { moments, step } = context;
  const first = moments.peek()[0];
  if (!playing.peek() && first && atEnd()) step.value = first.step;
  playing.value = !playing.peek();
}

function atEnd(): boolean {
  return wanted.peek() === context.moments.peek().at(-1)?.step;
}

/** Moves on while playing and seen; returns what ends it. */
export function keepPlaying(): () => void {
  return effect(() => {
    if (!playing.value || !visible.value) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const timer = setInterval(
      () => {
        // What is being fetched is to be seen, not passed by.
        if (context.step.peek() === wanted.peek()) moveMoment(1);
        if (atEnd()) playing.value = false;
      },
      calm ? CALM_MS_PER_MOMENT : MS_PER_MOMENT,
    );
    return () => clearInterval(timer);
  });
}
