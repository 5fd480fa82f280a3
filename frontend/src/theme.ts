/** Light or dark, as TensorBoard around us is; else as the system prefers. */
import { signal } from "@preact/signals";
import { tensorBoard } from "./host";

export const dark = signal(false);

/** Follows TensorBoard's theme from now on; returns what ends it. */
export function followTheme(): () => void {
  const outer = tensorBoard()?.document.body;
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const update = () => {
    dark.value = outer ? outer.classList.contains("dark-mode") : preference.matches;
    document.documentElement.classList.toggle("dark", dark.value);
  };
  const observer = new MutationObserver(update);
  if (outer) observer.observe(outer, { attributes: true, attributeFilter: ["class"] });
  preference.addEventListener("change", update);
  update();
  return () => {
    observer.disconnect();
    preference.removeEventListener("change", update);
  };
}
