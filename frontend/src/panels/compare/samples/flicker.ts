/** Which of the two ends a flicker shows; it stands still where motion is not wanted. */
import { effect, signal } from "@preact/signals";
import { visible } from "../../../live";
import { shown } from "../settings";

export const showing = signal<"a" | "b">("a");

const query =
  typeof matchMedia === "undefined" ? null : matchMedia("(prefers-reduced-motion: reduce)");
/** Whether the person asks for less motion. */
export const still = signal(query?.matches ?? false);
query?.addEventListener("change", ({ matches }) => {
  still.value = matches;
});

/** Shows the other end. */
export function turn(): void {
  showing.value = showing.peek() === "a" ? "b" : "a";
}

/** Turns from now on, while it is seen and wanted; returns what ends it. */
export function keepFlickering(): () => void {
  return effect(() => {
    if (shown.mode.value !== "flicker" || still.value || !visible.value) return;
    const timer = setInterval(turn, 1000 / shown.rate.value);
    return () => clearInterval(timer);
  });
}
